"""Tests of the rule `install-asks-questions`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("install-asks-questions")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get install x", "apt-get install -y x"),
        ("yum install x", "yum install -y x"),
        ("dnf install x", "dnf install -y x"),
        ("zypper install x", "zypper --non-interactive install x"),
    ],
)
def test_yes_is_added(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\nRUN {before}\n") == f"FROM debian\nRUN {after}\n"


@pytest.mark.parametrize(
    "command",
    [
        "apt-get install -y x",
        "apt-get -yq install x",
        "apt-get -qq install x",
        "apt-get install --yes x",
        "yum -y install x",
        "yes | apt-get install x",
        "zypper -n install x",
        "apt-get update",
    ],
)
def test_what_does_not_ask_is_not_found(command: str) -> None:
    assert JUDGE.messages(f"FROM debian\nRUN {command}\n") == []
