"""Tests of the rule `unordered-services`."""

from __future__ import annotations

from tests.practices.judge import Judge

JUDGE = Judge("unordered-services", path="compose.yaml")


def test_a_name_that_comes_too_late_is_found() -> None:
    text = "services:\n  a: {}\n  c: {}\n  b: {}\n"

    assert JUDGE.messages(text) == ["`b` comes after `c`"]
    assert JUDGE.places(text) == ["b"]


def test_names_in_order_are_not() -> None:
    assert JUDGE.messages("services:\n  a: {}\n  b: {}\n") == []
