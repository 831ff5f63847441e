"""Tests of the rule `env-self-reference`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("env-self-reference")


def test_a_variable_of_the_same_instruction_is_found() -> None:
    text = "FROM debian\nENV APP=/srv \\\n    BIN=${APP}/bin\n"

    assert JUDGE.places(text) == ["${APP}"]


def test_a_variable_is_reported_once() -> None:
    assert JUDGE.places("FROM debian\nENV A=/a P=$A/x:$A/y Q=$A\n") == ["$A"]


@pytest.mark.parametrize(
    "text",
    [
        "ENV PATH=/opt/bin:$PATH",
        "ENV A=1\nENV B=$A",
        "ARG A=1\nENV A=2 B=$A",
        "ENV A=1 B='$A'",
    ],
)
def test_what_has_a_value_already_is_not(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
