"""Tests of the rule `duplicate-stage-name`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("duplicate-stage-name")


def test_the_second_is_found_and_the_first_named() -> None:
    text = "FROM debian AS build\nFROM alpine as Build\nFROM build\n"

    assert JUDGE.messages(text) == ["the stage of line 1 is called `build` too"]
    assert JUDGE.places(text) == ["Build"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("FROM a AS x\nFROM b AS x\nFROM c AS x", 2),
        ("FROM a AS x\nFROM x AS x", 1),
        ("FROM a \\\n AS x\r\nFROM b AS x\r\n", 1),
        ("FROM a AS x\nFROM b AS y\nFROM a\nFROM a", 0),
        ("FROM a AS x\nONBUILD RUN y", 0),
        ("RUN x", 0),
    ],
)
def test_names_are_compared_within_the_file(text: str, count: int) -> None:
    assert len(JUDGE.messages(text)) == count
