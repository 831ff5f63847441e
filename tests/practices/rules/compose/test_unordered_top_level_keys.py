"""Tests of the rule `unordered-top-level-keys`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unordered-top-level-keys", path="compose.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: {}\nname: a\n", "`name` comes after `services`"),
        ("services: {}\nx-a: {}\n", "`x-a` comes after `services`"),
    ],
)
def test_a_key_that_comes_too_late_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


def test_keys_in_order_are_not() -> None:
    assert JUDGE.messages("x-a: {}\nname: a\nservices: {}\nvolumes: {}\nmodels: {}\n") == []
