"""Tests of the rule `invalid-port`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-port")


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("80000", "port `80000` is above 65535"),
        ("9010-9000", "the range `9010-9000` ends before it starts"),
        ("80/http", "`80/http` names no protocol that there is"),
        ("eighty", "`eighty` is no port"),
        ("8080/TCP", "the protocol of `8080/TCP` is not in small letters"),
        (
            "127.0.0.1:80:8080",
            "`127.0.0.1:80:8080`: an image cannot choose the address or port of its host",
        ),
    ],
)
def test_a_port_that_is_none_is_found(port: str, message: str) -> None:
    assert JUDGE.messages(f"FROM debian\nEXPOSE {port}") == [message]


@pytest.mark.parametrize("port", ["80", "80/tcp 53/udp", "8000-8010", "$PORT", "65535"])
def test_a_port_is_not(port: str) -> None:
    assert JUDGE.messages(f"FROM debian\nEXPOSE {port}") == []


def test_what_the_builder_drops_is_dropped() -> None:
    assert JUDGE.fixed("FROM debian\nEXPOSE 80:8080 53/UDP\n") == (
        "FROM debian\nEXPOSE 8080 53/udp\n"
    )
