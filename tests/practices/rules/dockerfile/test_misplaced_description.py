"""Tests of the rule `misplaced-description`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("misplaced-description")


def test_the_last_line_of_the_comment_counts() -> None:
    text = "# PYTHON is\n# the release.\n\nARG PYTHON=3\nFROM a\n"

    assert JUDGE.messages(text) == [
        "this is shown as the description of `PYTHON`, but does not begin with that name"
    ]
    assert JUDGE.places(text) == ["# the release."]
    assert JUDGE.fixed(text) == text.replace("release.\n", "release.\n#\n")


def test_line_ends_and_indentation_stay() -> None:
    text = "FROM a\r\n  # compiles\r\n  FROM a AS build\r\n"

    assert JUDGE.fixed(text, unsafe=False) == text.replace("compiles", "compiles\r\n  #")


@pytest.mark.parametrize(
    "text",
    [
        "# build compiles\nFROM a AS Build",
        "# B is\nARG A B",
        "# about all\n#\nARG A",
        "# no name\nFROM a",
        "FROM a\n# steps\nRUN b",
    ],
)
def test_descriptions_and_other_comments_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
