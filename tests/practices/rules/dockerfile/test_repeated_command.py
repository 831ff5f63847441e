"""Tests of the rule `repeated-command`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("repeated-command")


def test_the_one_before_is_removed_with_its_lines() -> None:
    text = "FROM debian\nCMD a \\\n  b\nRUN x\nCMD c\nENTRYPOINT d\n"

    assert JUDGE.fixed(text) == "FROM debian\nRUN x\nCMD c\nENTRYPOINT d\n"
    assert JUDGE.messages(text) == ["this `CMD` does nothing: line 5 has another one"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian AS a\nCMD a\nFROM a\nCMD b",
        "FROM debian\nONBUILD CMD a\nCMD b",
        "FROM debian\nHEALTHCHECK CMD a\nCMD b",
    ],
)
def test_one_of_a_stage_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_health_checks_and_fragments_count_too() -> None:
    assert len(JUDGE.messages("HEALTHCHECK CMD a\nHEALTHCHECK NONE\nCMD a\nCMD b")) == 2
