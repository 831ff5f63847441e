"""Tests of the rule `extra-index-url`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("extra-index-url")
URL = "https://wheels.example.org/whl/cu124"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (f"RUN pip install --extra-index-url {URL} a", "--extra-index-url"),
        (f"RUN pip install --extra-index-url={URL} a", f"--extra-index-url={URL}"),
        (f"ENV PIP_EXTRA_INDEX_URL={URL}", "PIP_EXTRA_INDEX_URL"),
        (f"ARG PIP_EXTRA_INDEX_URL={URL}", "PIP_EXTRA_INDEX_URL"),
        (f"RUN PIP_EXTRA_INDEX_URL={URL} pip install a", f"PIP_EXTRA_INDEX_URL={URL}"),
        (
            f"RUN uv pip install --index-strategy unsafe-best-match --extra-index-url {URL} a",
            "--extra-index-url",
        ),
    ],
)
def test_a_second_index_is_found(line: str, place: str) -> None:
    assert JUDGE.places(f"FROM a\n{line}\n") == [place]


def test_a_password_is_not_shown() -> None:
    text = "FROM a\nRUN pip install --extra-index-url https://me:secret@x.example.org/simple a\n"

    assert JUDGE.messages(text) == [
        "`--extra-index-url` makes `x.example.org` and the main index equal: the higher version wins"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"pip install torch --extra-index-url {URL}", f"pip install torch --index-url {URL}"),
        (f"pip install --extra-index-url={URL} torch", f"pip install --index-url={URL} torch"),
        (f"pip install torch numpy --extra-index-url {URL}", None),
        (f"pip install -r a.txt --extra-index-url {URL}", None),
    ],
)
def test_the_index_of_torch_can_be_the_only_one(before: str, after: str | None) -> None:
    assert JUDGE.fixed(f"FROM a\nRUN {before}\n") == f"FROM a\nRUN {after or before}\n"


@pytest.mark.parametrize(
    "command",
    [
        f"pip install --index-url {URL} a",
        f"pip install --require-hashes --extra-index-url {URL} -r a.txt",
        f"uv pip install --extra-index-url {URL} a",
        f"echo --extra-index-url {URL}",
        "PIP_EXTRA_INDEX_URL=$INDEX pip install a",
    ],
)
def test_one_index_and_hashes_are_not_found(command: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == []


def test_of_local_versions_only_the_dependencies_are_open() -> None:
    command = f"pip install torch==2.6.0+cu124 torchvision==0.21.0+cu124 --extra-index-url {URL}"
    [found] = JUDGE.findings(f"FROM a\nRUN {command}\n")

    assert (str(found.severity), found.message) == (
        "info",
        (
            "`--extra-index-url` makes `wheels.example.org` and the main index equal: of what"
            " `torch` and `torchvision` need the higher version wins"
        ),
    )
