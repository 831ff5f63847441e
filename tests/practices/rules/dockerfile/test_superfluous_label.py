"""Tests of the rule `superfluous-label`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("superfluous-label")


@pytest.mark.parametrize(("key", "count"), [("org.opencontainers.image.title", 0), ("title", 1)])
def test_only_keys_that_are_allowed_may_be_there(key: str, count: int) -> None:
    assert len(JUDGE.messages(f"FROM debian\nLABEL {key}=x\n")) == count


def test_patterns_allow_many() -> None:
    judge = Judge("superfluous-label", settings='allowed = ["com.example.*"]')

    assert judge.places("FROM debian\nLABEL com.example.a=1 b=2\n") == ["b"]
