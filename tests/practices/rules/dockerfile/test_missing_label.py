"""Tests of the rule `missing-label`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("missing-label")


def test_the_required_keys_of_the_last_stage_are_looked_for() -> None:
    judge = Judge("missing-label", settings='required = ["a", "b"]')
    text = "FROM debian AS base\nLABEL a=1\nFROM base\nCMD x\n"

    assert judge.messages(text) == ["the label `b` is missing"]


@pytest.mark.parametrize("label", ["org.opencontainers.image.source=https://x.example/y"])
def test_it_is_found_where_it_is(label: str) -> None:
    assert JUDGE.messages(f"FROM debian\nLABEL {label}\n") == []
