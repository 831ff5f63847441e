"""Tests of the rule `duplicate-published-port`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("duplicate-published-port", path="compose.yaml")


def text(one: str, other: str, more: str = "") -> str:
    return f"services:\n  a:\n    ports: [{one}]\n    {more}\n  b:\n    ports: [{other}]\n"


@pytest.mark.parametrize(
    ("one", "other", "port"),
    [
        ('"8080:80"', '"127.0.0.1:8080:81"', 8080),
        ('"8000-8010:8000-8010"', '"8005:80"', 8005),
        ('{target: 80, published: "8080"}', '"8080:80"', 8080),
        ('"${PORT:-80}:80"', '"80:8080"', 80),
    ],
)
def test_the_second_of_a_port_is_found(one: str, other: str, port: int) -> None:
    assert JUDGE.messages(text(one, other)) == [
        f"port {port} of the machine is published by `a` already"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"8080:80"', '"8081:80"'),
        ('"53:53"', '"53:53/udp"'),
        ('"127.0.0.1:80:80"', '"10.0.0.1:80:80"'),
        ('"80"', '"80"'),
        ('"8000-8005:80"', '"8000-8005:80"'),
        ('"$A:80"', '"$A:80"'),
        ('"$IP:80:80"', '"80:80"'),
    ],
)
def test_other_ports_are_not(one: str, other: str) -> None:
    assert JUDGE.messages(text(one, other)) == []


def test_profiles_tell_what_runs_together() -> None:
    both = text('"80:80"', '"80:80"], profiles: [x', "profiles: [y]")

    assert JUDGE.messages(both.replace("], profiles: [x", "")) != []
    assert [
        str(it.severity) for it in JUDGE.findings(text('"80:80"', '"80:80"', "profiles: [y]"))
    ] == ["warning"]


def test_one_service_for_two_address_families() -> None:
    assert JUDGE.messages('services:\n  a:\n    ports: ["0.0.0.0:80:80", "[::]:80:80"]\n') == []
    assert len(JUDGE.messages('services:\n  a:\n    ports: ["80:80", "80:81"]\n')) == 1
