"""Tests of the rule `unpinned-system-packages`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-system-packages")


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("apt-get install -y curl=8 git", ["git"]),
        ("apk add --no-cache curl", ["curl"]),
        ("yum install -y curl", ["curl"]),
        ("dnf install -y curl-8.5.0", []),
        ("zypper -n in git", ["git"]),
        ("apt-get install -y ./a.deb", []),
        ("apt-get install -y $PACKAGES", ["$PACKAGES"]),
    ],
)
def test_packages_without_a_version_are_found(command: str, names: list[str]) -> None:
    assert JUDGE.places(f"FROM debian\nRUN {command}\n") == names
