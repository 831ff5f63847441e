"""Tests of the rule `service-healthcheck-without-tool`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("service-healthcheck-without-tool", path="compose.yaml")


def text(test: str, image: str = "python:3.12-slim") -> str:
    return f"services:\n  a:\n    image: {image}\n    healthcheck:\n      test: {test} # every\n"


def test_a_tool_that_the_image_lacks_is_found() -> None:
    found = text("curl -f http://localhost/x || exit 1")

    assert JUDGE.messages(found) == [
        "the health check cannot run: `curl` is not in `python:3.12-slim`"
    ]
    assert JUDGE.places(found) == ["curl"]


@pytest.mark.parametrize(
    ("test", "image"),
    [
        ('["CMD", "curl", "-f", "http://localhost"]', "python:3.12"),
        ('["CMD", "curl", "-f", "http://localhost"]', "example/unknown:1"),
        ('["CMD", "python", "-c", "pass"]', "python:3.12-slim"),
        ("wget -q http://localhost || curl http://localhost", "python:3.12-slim"),
        ("exit 0", "python:3.12-slim"),
        ("[NONE]", "python:3.12-slim"),
    ],
)
def test_it_is_not_where_it_is_there_or_that_is_not_known(test: str, image: str) -> None:
    assert JUDGE.messages(text(test, image)) == []


def test_a_shell_may_be_missing() -> None:
    assert JUDGE.messages(text("exit 0", "gcr.io/distroless/python3-debian12")) == [
        "the health check needs a shell, and `gcr.io/distroless/python3-debian12` has none"
    ]


@pytest.mark.parametrize(
    "test",
    [
        "curl -fsS localhost:8000/x || exit 1",
        '["CMD", "wget", "--spider", "http://localhost:8000/x"]',
    ],
)
def test_python_asks_the_same(test: str) -> None:
    asked = "import urllib.request; urllib.request.urlopen('http://localhost:8000/x', timeout=5)"

    assert JUDGE.fixed(text(test), unsafe=False).replace("localhost:8000", "h") == text(
        f'["CMD", "python", "-c", "{asked}"]'
    ).replace("localhost:8000", "h")


@pytest.mark.parametrize(
    "test", ["curl -X POST localhost", "curl -k https://localhost", "nc -z a 1"]
)
def test_what_python_would_do_otherwise_has_no_fix(test: str) -> None:
    assert [finding.fix for finding in JUDGE.findings(text(test))] == [None]
