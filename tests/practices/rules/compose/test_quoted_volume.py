"""Tests of the rule `quoted-volume`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("quoted-volume", path="compose.yaml")


def text(volume: str) -> str:
    return f"services:\n  a:\n    volumes:\n      - {volume} # data\n"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_without_a_need_are_found_and_removed(quote: str) -> None:
    before = text(f"{quote}./a:/b:ro{quote}")

    assert JUDGE.messages(before) == ["`./a:/b:ro` needs no quotes"]
    assert JUDGE.fixed(before, unsafe=False) == text("./a:/b:ro")


@pytest.mark.parametrize(
    "volume", ["./a:/b", '"@a:/b"', "'./a b: c:/b'", "{source: 'a', target: b}"]
)
def test_others_are_not(volume: str) -> None:
    assert JUDGE.messages(text(volume)) == []
