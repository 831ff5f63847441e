"""Tests of the rule `mistyped-directive`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("mistyped-directive")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "# synatx=docker/dockerfile:1\nFROM debian\n",
            "`synatx` is no directive; did you mean `syntax`?",
        ),
        (
            "# About.\n# escape=`\nFROM debian\n",
            "`escape` is no directive here, as something stands above it",
        ),
    ],
)
def test_a_directive_that_is_not_read_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=docker/dockerfile:1\nFROM debian\n",
        "# escapes = the shell\nFROM debian\n",
        "FROM debian\n# check=skip=all\nRUN x\n",
        "# vim: set ft=dockerfile\nFROM debian\n",
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
