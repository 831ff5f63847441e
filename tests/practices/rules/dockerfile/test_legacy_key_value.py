"""Tests of the rule `legacy-key-value`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("legacy-key-value")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV A b", "ENV A=b"),
        ("ENV A b c", 'ENV A="b c"'),
        ("LABEL version 1.0", "LABEL version=1.0"),
        pytest.param('ENV A "b c"', 'ENV A "b c"', id="quotes are left to a person"),
    ],
)
def test_the_blank_becomes_an_equals_sign(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\r\n{before}\r\n") == f"FROM debian\r\n{after}\r\n"
    assert len(JUDGE.messages(f"FROM debian\n{before}")) == 1


@pytest.mark.parametrize("text", ["ENV A=b", "ENV A=b C=d", 'LABEL a="b c"'])
def test_pairs_are_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
