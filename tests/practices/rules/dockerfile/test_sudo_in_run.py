"""Tests of the rule `sudo-in-run`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("sudo-in-run")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sudo apt-get update", "apt-get update"),
        ("a && sudo  make && sudo b", "a && make && b"),
        pytest.param("sudo -u app make", "sudo -u app make", id="options are left"),
    ],
)
def test_it_is_removed_where_root_builds(before: str, after: str) -> None:
    assert JUDGE.messages(f"FROM debian:13\nRUN {before}\n")
    assert JUDGE.fixed(f"FROM debian:13\nRUN {before}\n") == f"FROM debian:13\nRUN {after}\n"


def test_for_a_user_it_is_left() -> None:
    text = "FROM debian:13\nUSER app\nRUN sudo make\n"

    assert JUDGE.places(text) == ["sudo"]
    assert JUDGE.fixed(text) == text


@pytest.mark.parametrize("command", ["apt-get install sudo", "usermod -aG sudo a", "gosu a b"])
def test_others_are_not_found(command: str) -> None:
    assert JUDGE.messages(f"FROM debian\nRUN {command}\n") == []


def test_a_run_is_told_once() -> None:
    text = "FROM debian:13\nRUN sudo a && sudo -u app b\n"

    assert JUDGE.places(text) == ["sudo"]
    assert JUDGE.fixed(text) == text
