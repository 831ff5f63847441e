"""Tests of the rule `pointless-command`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("pointless-command")


@pytest.mark.parametrize(
    ("command", "places"),
    [
        ("service redis start", ["service"]),
        ("true && ps aux", ["ps"]),
        ("systemctl start x", ["systemctl"]),
        ("systemctl enable x", []),
        ("apt-get install vim", []),
        ("echo top", []),
    ],
)
def test_what_leaves_nothing_is_found(command: str, places: list[str]) -> None:
    assert JUDGE.places(f"FROM debian\nRUN {command}\n") == places
