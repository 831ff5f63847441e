"""Tests of the rule `invalid-label-key`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-label-key")


@pytest.mark.parametrize("key", ["Name", "a..b", "a-", "1a", "com.docker.x", "a_b", "-a"])
def test_a_bad_key_is_found(key: str) -> None:
    assert JUDGE.places(f"FROM debian\nLABEL {key}=x") == [key]


@pytest.mark.parametrize("key", ["name", "com.example.model-name", "a1.b2", "$KEY"])
def test_a_good_key_is_not(key: str) -> None:
    assert JUDGE.messages(f"FROM debian\nLABEL {key}=x") == []


def test_a_stage_is_reported_once() -> None:
    text = "FROM debian AS a\nLABEL a_b=1 c=2\nLABEL d_e=3\nFROM debian\nLABEL a_b=1\n"

    assert JUDGE.messages(text) == [
        "`a_b` and `d_e` are no valid keys of labels",
        "`a_b` is no valid key of a label",
    ]
