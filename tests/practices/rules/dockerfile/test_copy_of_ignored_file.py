from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, messages

NAME = "copy-of-ignored-file"
FILES = {
    ".dockerignore": "# what stays\ndata\n**/*.log\n!b/keep.log\n",
    "data/a.csv": "x",
    "a.log": "x",
    "b/c.log": "x",
    "b/keep.log": "x",
    "app.py": "x",
    "c/only.log": "x",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY data /d/", ["`data` is left out by `data` in line 2 of `.dockerignore`"]),
        (
            "ADD ./data/a.csv /d/",
            ["`./data/a.csv` is left out by `data` in line 2 of `.dockerignore`"],
        ),
        (
            'COPY ["app.py", "a.log", "/d/"]',
            ["`a.log` is left out by `**/*.log` in line 3 of `.dockerignore`"],
        ),
        (
            "ONBUILD COPY a.log /d/",
            ["`a.log` is left out by `**/*.log` in line 3 of `.dockerignore`"],
        ),
        (
            "ARG F=a.log\nCOPY $F /d/",
            ["`$F` is left out by `**/*.log` in line 3 of `.dockerignore`"],
        ),
        ("COPY b /d/", []),
        ("COPY c /d/", []),
        ("COPY . /d/", []),
        ("COPY --from=x /data /d/", []),
        ("COPY nothing.log /d/", []),
        ("ADD https://x.io/a.log /d/", []),
        ("COPY $UNKNOWN /d/", []),
        ("COPY <<a.log /d/\nx\na.log", []),
    ],
)
def test_what_is_left_out(text: str, expected: list[str]) -> None:
    assert messages(NAME, f"FROM a\n{text}\n", FILES) == expected


def test_nothing_is_known_without_a_context_or_an_ignore_file() -> None:
    assert messages(NAME, "FROM a\nCOPY data /d/\n") == []
    assert messages(NAME, "FROM a\nCOPY data /d/\n", {"data/a": "x"}) == []


def test_the_source_is_pointed_at() -> None:
    assert Trial(NAME, "FROM a\r\nCOPY app.py \\\r\n  a.log /d/\r\n", FILES).places == ["a.log"]
