"""Tests of the rule `short-start-period`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("short-start-period")
SERVE = 'CMD ["vllm", "serve", "m"]'


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ("", " --start-period=300s"),
        (" --start-period=10s", " --start-period=300s"),
        (" --interval=5s --retries=3", " --start-period=300s --interval=5s --retries=3"),
        (" \\\r\n --retries=1", " --start-period=300s \\\r\n --retries=1"),
    ],
)
def test_the_period_is_set(options: str, after: str) -> None:
    text = f"FROM python:3.12\r\nHEALTHCHECK{options} CMD a\r\n{SERVE}\r\n"

    assert JUDGE.fixed(text, unsafe=False) == text.replace(f"K{options} C", f"K{after} C")


def test_messages_tell_the_time() -> None:
    assert JUDGE.messages(f"FROM debian\nHEALTHCHECK CMD a\n{SERVE}") == [
        "unhealthy after 90 s, and a model of vLLM may take longer to load"
    ]


def test_a_library_that_loads_models_is_worth_knowing() -> None:
    text = "FROM python:3.12\nRUN pip install transformers\nHEALTHCHECK CMD a\nCMD uvicorn a:b"

    assert JUDGE.findings(text)[0].severity is Severity.INFO
    assert JUDGE.messages(text.replace("uvicorn a:b", "python train.py")) == []


@pytest.mark.parametrize(
    "text",
    [
        f"FROM debian\nHEALTHCHECK --start-period=1m CMD a\n{SERVE}",
        f"FROM debian\nHEALTHCHECK --start-period=$X CMD a\n{SERVE}",
        f"FROM debian\nHEALTHCHECK --retries=10 CMD a\n{SERVE}",
        f"FROM debian\nHEALTHCHECK NONE\n{SERVE}",
        f"FROM debian\n{SERVE}",
        "FROM debian\nHEALTHCHECK CMD a\nCMD uvicorn a:b",
    ],
)
def test_enough_time_and_other_servers_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
