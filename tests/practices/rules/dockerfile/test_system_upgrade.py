"""Tests of the rule `system-upgrade`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("system-upgrade")


@pytest.mark.parametrize(
    ("command", "count"),
    [
        ("apt-get dist-upgrade -y", 1),
        ("zypper -n dup", 1),
        ("dnf distro-sync -y", 1),
        ("apt-get upgrade -y", 0),
        ("zypper update", 0),
    ],
)
def test_only_another_release_is_found(command: str, count: int) -> None:
    assert len(JUDGE.messages(f"FROM debian\nRUN {command}\n")) == count
