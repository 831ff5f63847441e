"""Tests of the rule `unordered-dependencies`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unordered-dependencies", path="compose.yaml")


@pytest.mark.parametrize("needs", ["[b, a]", "{b: {condition: x}, a: {condition: x}}"])
def test_a_name_that_comes_too_late_is_found(needs: str) -> None:
    text = f"services:\n  c:\n    depends_on: {needs}\n"

    assert JUDGE.messages(text) == ["`a` comes after `b`"]
    assert JUDGE.places(text) == ["a"]


@pytest.mark.parametrize("needs", ["[a, b]", "[b]", ""])
def test_names_in_order_are_not(needs: str) -> None:
    assert JUDGE.messages(f"services:\n  c:\n    depends_on: {needs}\n") == []
