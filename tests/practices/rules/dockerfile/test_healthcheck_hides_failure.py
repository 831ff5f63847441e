"""Tests of the rule `healthcheck-hides-failure`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("healthcheck-hides-failure")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("curl http://localhost:8000", "curl -f http://localhost:8000"),
        ("curl -s localhost || exit 1", "curl -f -s localhost || exit 1"),
        ('["curl", "localhost"]', '["curl", "-f", "localhost"]'),
        ("curl -f localhost || true", "curl -f localhost || exit 1"),
        ("curl -f localhost || exit 0", "curl -f localhost || exit 1"),
        ("a && /usr/bin/curl -sS localhost", "a && /usr/bin/curl -f -sS localhost"),
    ],
)
def test_a_failure_becomes_one(before: str, after: str) -> None:
    text = f"FROM debian\r\nHEALTHCHECK --interval=9s \\\r\n  CMD {before}\r\n"

    assert JUDGE.fixed(text) == text.replace(before, after)
    assert JUDGE.fixed(text, unsafe=False) == text


def test_messages_name_the_tool() -> None:
    assert JUDGE.messages("HEALTHCHECK CMD curl localhost; exit 0") == [
        "`exit 0` hides that `curl` failed"
    ]
    text = "HEALTHCHECK CMD python -c \"import requests; requests.get('http://localhost')\""
    assert JUDGE.messages(text) == ["an answer such as 500 is no failure to `requests.get`"]
    assert JUDGE.messages("ONBUILD HEALTHCHECK CMD curl localhost") == [
        "an answer such as 500 is no failure to `curl`"
    ]


@pytest.mark.parametrize(
    "check",
    [
        "CMD curl -f localhost",
        "CMD curl -sf localhost || exit 1",
        "CMD curl --fail-with-body localhost",
        "CMD curl -s localhost | grep -q ok",
        'CMD test "$(curl -s -o /dev/null -w %{http_code} localhost)" = 200',
        "CMD wget -q --spider localhost",
        "CMD python -c \"import urllib.request as r; r.urlopen('http://localhost')\"",
        "CMD nc -z localhost 80",
        "CMD pg_isready || kill 1",
        "NONE",
    ],
)
def test_a_check_that_can_fail_is_fine(check: str) -> None:
    assert JUDGE.messages(f"FROM debian\nHEALTHCHECK {check}") == []
