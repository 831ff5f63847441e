"""Tests of the rule `relative-copy-destination`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("relative-copy-destination")


@pytest.mark.parametrize(
    "text", ["COPY a b", "FROM debian\nCOPY a b\nWORKDIR /x", "FROM debian\nCOPY . ."]
)
def test_without_a_workdir_it_is_found(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nWORKDIR /x\nCOPY a b",
        "FROM debian AS base\nWORKDIR /x\nFROM base\nCOPY a b",
        "FROM debian\nCOPY a /b",
        "FROM scratch\nCOPY --from=b /c/. ./",
        "FROM debian\nCOPY a $B/c",
        "FROM debian\nCOPY a c:\\b",
    ],
)
def test_otherwise_it_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_stage_is_found_once() -> None:
    assert JUDGE.messages("FROM debian\nCOPY a b\nCOPY c d\nADD e f\n") == [
        "`b` and 2 more destinations are relative, and no `WORKDIR` of this stage says to what"
    ]
