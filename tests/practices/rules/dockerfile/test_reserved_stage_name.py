"""Tests of the rule `reserved-stage-name`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("reserved-stage-name")


def test_the_name_is_found_in_any_case() -> None:
    text = "FROM debian AS Scratch\nFROM debian as context\n"

    assert JUDGE.messages(text) == [
        "`Scratch` is the name of the empty image",
        "`context` is the name of the build context",
    ]
    assert JUDGE.places(text) == ["Scratch", "context"]


@pytest.mark.parametrize(
    "text", ["FROM scratch", "FROM scratch AS scratch1", "FROM context", "RUN x"]
)
def test_other_names_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
