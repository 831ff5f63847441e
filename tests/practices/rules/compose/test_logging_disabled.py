"""Tests of the rule `logging-disabled`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("logging-disabled", path="compose.yaml")


def text(logging: str) -> str:
    return f"services:\n  a:\n    image: x:1\n    logging: {logging} # quiet\n"


@pytest.mark.parametrize("driver", ["none", '"none"', '"${LOG:-none}"', "None"])
def test_a_log_that_is_thrown_away_is_found_and_kept(driver: str) -> None:
    before = text(f"{{driver: {driver}}}")

    assert JUDGE.messages(before) == ["the log of `a` is thrown away"]
    assert JUDGE.places(before) == [driver]
    assert JUDGE.fixed(before) == text("{driver: local}")


@pytest.mark.parametrize(
    "logging", ["{driver: json-file}", "", "{options: {a: b}}", "{driver: $D}"]
)
def test_other_logs_are_not(logging: str) -> None:
    assert JUDGE.messages(text(logging)) == []
