"""Tests of the rule `ungraceful-stop-signal`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("ungraceful-stop-signal")


@pytest.mark.parametrize(
    ("signal", "start", "message"),
    [
        ("SIGKILL", "CMD a", "no program can handle `SIGKILL`"),
        ("9", "CMD a", "no program can handle `SIGKILL`"),
        ("sigstop", "CMD a", "no program can handle `SIGSTOP`"),
        ("SIGQUIT", "CMD gunicorn a", "at `SIGQUIT` gunicorn breaks requests off"),
        ("QUIT", "CMD celery -A a worker", "at `SIGQUIT` celery drops running tasks"),
        ("1", "CMD uvicorn a:b", "at `SIGHUP` uvicorn dies at once"),
    ],
)
def test_a_signal_that_breaks_off_is_replaced(signal: str, start: str, message: str) -> None:
    text = f"FROM debian\r\nSTOPSIGNAL {signal}\r\n{start}\r\n"

    assert JUDGE.messages(text) == [message]
    assert JUDGE.fixed(text) == text.replace(f" {signal}", " SIGTERM")
    assert JUDGE.fixed(text, unsafe=False) == text


@pytest.mark.parametrize("text", ["STOPSIGNAL 9", "ONBUILD STOPSIGNAL SIGKILL", "STOPSIGNAL KILL"])
def test_fragments_and_triggers_count(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


def test_variables_are_expanded_and_the_last_one_counts() -> None:
    assert len(JUDGE.messages("FROM debian\nARG S=SIGKILL\nSTOPSIGNAL $S")) == 1
    assert JUDGE.messages("FROM debian\nSTOPSIGNAL $S") == []
    assert JUDGE.messages("FROM debian\nSTOPSIGNAL 3\nSTOPSIGNAL 15\nCMD gunicorn a") == []
    assert len(JUDGE.messages("FROM debian AS a\nSTOPSIGNAL 3\nFROM a\nCMD gunicorn a")) == 1


@pytest.mark.parametrize(
    "text",
    ["STOPSIGNAL SIGTERM", "STOPSIGNAL SIGQUIT\nCMD nginx", "STOPSIGNAL SIGINT\nCMD python a.py",
     "STOPSIGNAL SIGRTMIN+3\nCMD a", "STOPSIGNAL SIGINT\nCMD uvicorn a:b"],
)  # fmt: skip
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
