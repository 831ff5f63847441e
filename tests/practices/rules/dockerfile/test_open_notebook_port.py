"""Tests of the rule `open-notebook-port`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("open-notebook-port")


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        ("--ip=0.0.0.0", Severity.INFO),
        ("--ip '*' --ServerApp.token=$T", Severity.INFO),
        ("--ServerApp.ip=0.0.0.0 --ServerApp.token=''", Severity.WARNING),
    ],
)
def test_without_a_token_it_is_worse(options: str, severity: Severity) -> None:
    assert [found.severity for found in JUDGE.findings(f"CMD jupyter lab {options}")] == [severity]


def test_the_address_is_the_place() -> None:
    text = "FROM debian\nCMD jupyter lab --ip=0.0.0.0 --ServerApp.token=''"

    assert JUDGE.messages(text) == ["Jupyter listens on all addresses, without TLS and a token"]
    assert JUDGE.places(text) == ["--ip=0.0.0.0"]


@pytest.mark.parametrize(
    "options", ["", "--ip=127.0.0.1", "--ip=0.0.0.0 --certfile=/a", "--ip=$IP"]
)
def test_one_address_and_tls_are_fine(options: str) -> None:
    assert JUDGE.messages(f"FROM debian\nCMD jupyter lab {options}") == []
