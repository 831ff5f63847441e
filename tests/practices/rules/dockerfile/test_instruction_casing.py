"""Tests of the rule `instruction-casing`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("instruction-casing")


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("FROM a\nrun b\nCMD c\n", "FROM a\nRUN b\nCMD c\n"),
        ("from a as b\nRUN b\nRun c\nCMD d\n", "FROM a AS b\nRUN b\nRUN c\nCMD d\n"),
        ("from a AS b\r\nRUN b\r\ncmd c\r\n", "from a AS b\r\nrun b\r\ncmd c\r\n"),
        ("FROM a\nrun b\n", "FROM a\nRUN b\n"),
    ],
)
def test_the_few_are_written_like_the_many(text: str, fixed: str) -> None:
    assert JUDGE.fixed(text, unsafe=False) == fixed


def test_the_message_names_what_is_written() -> None:
    assert JUDGE.messages("FROM a\nRUN b\nCopy a b") == [
        "`Copy` is in another case than most instructions of this file"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nONBUILD run b\nHEALTHCHECK cmd c",
        "from a\nrun b\n# RUN c\nrun <<EOF\nRUN d\nEOF",
        "FROM a\nRum b",
    ],
)
def test_only_the_first_word_counts(text: str) -> None:
    assert JUDGE.messages(text) == []
