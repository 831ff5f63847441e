"""Tests of the rule `port-on-all-interfaces`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("port-on-all-interfaces", path="compose.yaml")


def text(port: str, image: str = "example/api:1") -> str:
    return f"services:\n  a:\n    image: {image}\n    ports:\n      - {port}\n"


@pytest.mark.parametrize(
    ("port", "image", "expected"),
    [
        ('"8000:8000"', "x:1", "info: `a` is published on all interfaces, as port 8000"),
        ("80", "x:1", "info: `a` is published on all interfaces, as any free port"),
        (
            '"5001:5000"',
            "ghcr.io/mlflow/mlflow:v2",
            "error: MLflow asks for no password and is published on all interfaces, as port 5001",
        ),
        (
            '"${PORT:-5432}:5432"',
            "postgres:16",
            "warning: PostgreSQL is published on all interfaces, as port 5432",
        ),
        (
            '"0.0.0.0:8888:8888"',
            "quay.io/jupyter/base-notebook",
            "info: `a` is published on all interfaces, as port 8888",
        ),
    ],
)
def test_how_bad_it_is(port: str, image: str, expected: str) -> None:
    found = JUDGE.findings(text(port, image))

    assert [f"{finding.severity}: {finding.message}" for finding in found] == [expected]


@pytest.mark.parametrize(
    "port",
    [
        '"127.0.0.1:8000:8000"',
        '"${IP}:8000:8000"',
        '"443:443"',
        '"80:8080"',
        "{target: 1, host_ip: ::1}",
    ],
)
def test_what_is_bound_or_is_for_everybody_is_not_found(port: str) -> None:
    assert JUDGE.messages(text(port)) == []


def test_a_password_makes_it_less_bad() -> None:
    found = JUDGE.findings(text('"6379:6379"', "redis:7\n    command: --requirepass ${P}"))

    assert [str(finding.severity) for finding in found] == ["warning"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("8000:8000 # api", '"127.0.0.1:8000:8000" # api'),
        ("'8000:8000'", "'127.0.0.1:8000:8000'"),
        ('"0.0.0.0:8000:8000/udp"', '"127.0.0.1:8000:8000/udp"'),
        ("80", '"127.0.0.1::80"'),
        ('"${PORT}:80"', '"127.0.0.1:${PORT}:80"'),
        ("{target: 80}", "{target: 80, host_ip: 127.0.0.1}"),
        ('{target: 80, host_ip: "0.0.0.0"}', "{target: 80, host_ip: 127.0.0.1}"),
        ('"[::]:80:81"', '"[::]:80:81"'),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.fixed(text(before)) == text(after)
    assert JUDGE.fixed(text(before), unsafe=False) == text(before)


def test_the_host_s_network_publishes_nothing() -> None:
    assert JUDGE.messages(text("81:80", "x:1\n    network_mode: host")) == []
