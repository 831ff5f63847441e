"""Tests of the rule `relative-workdir`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("relative-workdir")


@pytest.mark.parametrize("path", ["app", "./app", '"app"', "a/b"])
def test_a_relative_path_is_found(path: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\nWORKDIR {path}\n")) == 1


@pytest.mark.parametrize("path", ["/app", "$HOME/app", "${APP}", '"/app"', "C:\\app"])
def test_an_absolute_or_unknown_path_is_not(path: str) -> None:
    assert JUDGE.messages(f"FROM debian\nWORKDIR {path}\n") == []


def test_below_an_absolute_path_it_is_fine() -> None:
    text = "FROM debian AS a\nWORKDIR /srv\nWORKDIR api\nFROM a\nWORKDIR x\n"

    assert JUDGE.messages(text) == []
    assert len(Judge("relative-workdir", settings="strict = true").messages(text)) == 2


def test_a_slash_is_put_in_front() -> None:
    assert JUDGE.fixed("FROM debian\nWORKDIR ./app\n") == "FROM debian\nWORKDIR /app\n"
