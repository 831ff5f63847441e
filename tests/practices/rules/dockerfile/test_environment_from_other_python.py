"""Tests of the rule `environment-from-other-python`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("environment-from-other-python")


def of(build: str, final: str, path: str = "/opt/venv") -> str:
    return f"FROM {build} AS b\nFROM {final}\nCOPY --from=b {path} /opt/venv\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            of("python:3.12", "python:3.11-slim"),
            "`/opt/venv` is made with Python 3.12, this image has Python 3.11",
        ),
        (
            of("python:3.12", "python:3.12-alpine", "/app/.venv"),
            "`/app/.venv` is built against glibc, this image has musl",
        ),
        (
            of("python:3.11", "python:3.12", "/usr/local/lib/python3.11/site-packages"),
            (
                "`/usr/local/lib/python3.11/site-packages` is made with Python 3.11,"
                " this image has Python 3.12"
            ),
        ),
    ],
)
def test_messages(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        of("python:3.12", "python:3.12-slim"),
        of("python:3.12", "python:3.11", "/app"),
        of("python", "python:3.11"),
        of("example.com/a", "python:3.11"),
        "FROM python:3.12 AS b\nRUN uv venv --python 3.11\nFROM python:3.11\nCOPY --from=b /venv /",
        "FROM python:3.12\nCOPY venv /opt/venv",
        "COPY --from=b /opt/venv /opt/venv",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
