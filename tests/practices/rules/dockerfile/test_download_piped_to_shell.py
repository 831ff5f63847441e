"""Tests of the rule `download-piped-to-shell`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("download-piped-to-shell")


@pytest.mark.parametrize(
    "command",
    [
        "curl -fsSL https://x.example/i.sh | sh",
        "wget -qO- https://x.example/i.sh | bash -s -- -y",
        'bash -c "$(curl -fsSL https://x.example/i.sh)"',
        "curl -sSL https://x.example/i.py | python3 -",
    ],
)
def test_a_script_that_nobody_reads_is_found(command: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\nRUN {command}\n")) == 1


@pytest.mark.parametrize(
    "command",
    ["curl https://x.example/a | tar xz", "curl -o i.sh https://x.example/i.sh && bash i.sh"],
)
def test_others_are_not(command: str) -> None:
    assert JUDGE.messages(f"FROM debian\nRUN {command}\n") == []
