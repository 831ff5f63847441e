"""Tests of the rule `wget-progress`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("wget-progress")


def test_the_option_is_added() -> None:
    assert JUDGE.fixed("FROM debian\nRUN a && wget https://x.example/y\n") == (
        "FROM debian\nRUN a && wget --progress=dot:giga https://x.example/y\n"
    )


@pytest.mark.parametrize("options", ["-q", "-nv", "--quiet", "-qO-", "--progress=dot:mega", "-o l"])
def test_what_is_quiet_is_not_found(options: str) -> None:
    assert JUDGE.messages(f"FROM debian\nRUN wget {options} https://x.example/y\n") == []
