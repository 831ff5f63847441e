"""Tests of the rule `several-sources-without-slash`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("several-sources-without-slash")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY a b /app", "COPY a b /app/"),
        ('COPY ["a", "b", "/app"]', 'COPY ["a", "b", "/app/"]'),
        ('ADD a b "/app"', 'ADD a b "/app/"'),
    ],
)
def test_a_slash_is_added(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\n{before}\n") == f"FROM debian\n{after}\n"


@pytest.mark.parametrize("text", ["COPY a /app", "COPY a b /app/", "COPY a b $APP", "COPY a b ."])
def test_folders_are_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
