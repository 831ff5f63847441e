"""Tests of where the home of a stage's user is, and what that user may write to."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.user_folders import Home, home_of, is_writable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM python:3.12-slim", Home("/root", exists=True, uid="0")),
        ("FROM some/image\nUSER app", Home(None, None)),
        ("FROM python:3.12-slim\nUSER 10001:10001", Home("/", exists=True, uid="10001")),
        (
            "FROM python:3.12-slim\nRUN useradd -m -u 1000 app\nUSER 1000",
            Home("/home/app", exists=True, uid="1000"),
        ),
        ("FROM python:3.12-slim\nRUN useradd app\nUSER app", Home("/home/app", exists=False)),
        (
            "FROM python:3.12-slim\nRUN adduser --system app\nUSER app",
            Home("/nonexistent", exists=False),
        ),
        ("FROM alpine:3.20\nRUN adduser -D app\nUSER app", Home("/home/app", exists=True)),
        ("FROM ubuntu:24.04\nUSER ubuntu", Home("/home/ubuntu", exists=True, uid="1000")),
        (
            "FROM python:3.12-slim\nENV HOME=/srv\nUSER 10001",
            Home("/srv", None, uid="10001", is_set=True),
        ),
        ("FROM quay.io/jupyter/base-notebook", Home("/home/jovyan", exists=True, uid="1000")),
    ],
)
def test_home(text: str, expected: Home) -> None:
    stage = build(text).final
    assert stage is not None

    assert home_of(stage, stage.user) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", False),
        ("RUN mkdir -p /models && chown app /models\n", None),
        ("RUN mkdir -p /models\n", False),
        ("COPY --chown=app . /models\n", None),
        ("RUN chmod -R 777 /\n", None),
        ("RUN chown -R app $SOMEWHERE\n", None),
        ("USER app\nWORKDIR /models\n", None),
    ],
)
def test_what_a_user_may_write_to(lines: str, expected: bool | None) -> None:
    text = f"FROM python:3.12-slim\nRUN useradd -m app\n{lines}USER app\n"
    stage = build(text).final
    assert stage is not None

    assert is_writable(stage, "/models/hub", stage.user) is expected
    assert is_writable(stage, "/home/app/.cache", stage.user) is True
    assert is_writable(stage, "/tmp/x", stage.user) is True
