from __future__ import annotations

import pytest
from tests.practices.rules.trial import fixed, messages

NAME = "missing-copy-source"
FILES = {"requirements.txt": "x", "src/app.py": "x", "src/config1.yaml": "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "COPY requirement.txt /a/",
            ["`requirement.txt` is not in the build context; did you mean `requirements.txt`?"],
        ),
        (
            "COPY ./src/ap.py /a/",
            ["`./src/ap.py` is not in the build context; did you mean `./src/app.py`?"],
        ),
        ("COPY src /a\nCOPY models/x.onnx /a/", ["`models/x.onnx` is not in the build context"]),
        ("COPY ../shared /a", ["`../shared` is above the build context"]),
        ("COPY models/x.onnx /a/", []),
        ("COPY src /a\nCOPY dist/a.whl /a/", []),
        ("COPY src /a\nCOPY models* nothing?.txt /a/", []),
        (
            "COPY src/config2.yaml src/config1.yaml /a/",
            ["`src/config2.yaml` is not in the build context"],
        ),
        ("COPY src /a\nCOPY x y z /a/", []),
        ("COPY src /a\nCOPY --from=b /x /a", []),
        ("COPY src /a\nADD https://x.io/y git@x.io:a/b /a", []),
        ("COPY src /a\nCOPY $X /a", []),
        ("COPY src/../requirements.txt . /a/", []),
        ("COPY src /a\nONBUILD COPY nothing /a", []),
        ("COPY <<EOF /a\nx\nEOF", []),
    ],
)
def test_what_is_not_there(text: str, expected: list[str]) -> None:
    assert messages(NAME, f"FROM a\n{text}\n", FILES) == expected


def test_without_a_context_only_what_is_above_it_is_known() -> None:
    text = "FROM a\nCOPY ../shared x /a/\n"

    assert messages(NAME, text) == ["`../shared` is above the build context"]


def test_fix() -> None:
    text = "FROM a\r\nCOPY requirement.txt \\\r\n  src /a/\r\n"

    assert fixed(NAME, text, FILES) == text.replace("requirement.txt", "requirements.txt")


def test_one_that_is_mistyped_is_there_for_the_others() -> None:
    text = "FROM a\nCOPY requirement.txt /a/\nCOPY absent /a/\n"

    assert len(messages(NAME, text, FILES)) == 2
    assert fixed(NAME, text, FILES) == text.replace("requirement.txt", "requirements.txt")
