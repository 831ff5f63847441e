"""Tests of the rule `unquoted-port`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unquoted-port", path="compose.yaml")


def text(port: str) -> str:
    return f"services:\n  a:\n    ports:\n      - {port} # ssh\n"


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("22:22", "warning: `22:22` is one number for readers of YAML 1.1"),
        ("8080:59", "warning: `8080:59` is one number for readers of YAML 1.1"),
        ("8080:80", "info: the port `8080:80` has no quotes"),
        ("80", "info: the port `80` has no quotes"),
        ("53:53/udp", "info: the port `53:53/udp` has no quotes"),
    ],
)
def test_ports_without_quotes_are_found_and_quoted(port: str, expected: str) -> None:
    found = JUDGE.findings(text(port))

    assert [f"{it.severity}: {it.message}" for it in found] == [expected]
    assert JUDGE.fixed(text(port), unsafe=False) == text(f'"{port}"')


@pytest.mark.parametrize("port", ['"22:22"', "'22:22'", "{target: 22, published: 22}"])
def test_quoted_and_long_ports_are_not(port: str) -> None:
    assert JUDGE.messages(text(port)) == []


def test_ports_that_services_share_are_told_once_and_not_changed() -> None:
    shared = "x-p: &p\n  - 22:22\nservices:\n  a: {ports: *p}\n  b: {ports: *p}\n"

    assert [finding.fix for finding in JUDGE.findings(shared)] == [None]
