"""Tests of the rule `pip-upgraded-unpinned`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("pip-upgraded-unpinned")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("pip install -U pip", "`pip` is upgraded to whatever version is newest"),
        (
            "python -m pip install --upgrade pip setuptools rich",
            "`pip` and `setuptools` are upgraded to whatever version is newest",
        ),
    ],
)
def test_upgrades_of_installers_are_found(command: str, message: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == [message]


@pytest.mark.parametrize(
    "command", ["pip install pip==25.0", "pip install wheel", "pip install -U rich"]
)
def test_other_commands_are_not(command: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == []
