"""Tests of the rule `curl-without-fail`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("curl-without-fail")


@pytest.mark.parametrize(
    "command",
    [
        "curl -o /a https://x.example/a",
        "curl https://x.example/a | tar xz",
        "curl -LO https://x.example/a",
    ],
)
def test_a_stored_answer_is_found_and_mended(command: str) -> None:
    text = f"FROM debian\nRUN {command}\n"

    assert len(JUDGE.messages(text)) == 1
    assert JUDGE.fixed(text) == text.replace("curl", "curl -f")


@pytest.mark.parametrize(
    "command",
    [
        "curl -fsSL -o /a https://x.example/a",
        "curl --fail -O https://x.example/a",
        "curl https://x.example/notify",
        "curl -o a https://x.example/a && echo 'deadbeef  a' | sha256sum -c -",
        "curl --version",
    ],
)
def test_what_fails_or_is_verified_is_not(command: str) -> None:
    assert JUDGE.messages(f"FROM debian\nRUN {command}\n") == []
