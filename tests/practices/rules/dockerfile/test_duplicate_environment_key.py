"""Tests of the rule `duplicate-environment-key`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("duplicate-environment-key")


def test_the_second_one_is_found() -> None:
    text = "FROM debian\nENV A=1 B=2 \\\n    A=3\n"

    assert JUDGE.places(text) == ["A=3"]


@pytest.mark.parametrize("text", ["ENV A=1\nENV A=2", "ENV A=1 B=1", "LABEL a=1 A=1"])
def test_two_instructions_may_differ(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
