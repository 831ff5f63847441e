"""Tests of what is known of health checks."""

from __future__ import annotations

import pytest
from tests.practices.builds import build, final

from boxwright.practices.health_checks import (
    Patience,
    health_checks,
    model_library,
    patience,
    python_of,
    server_of,
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", Patience(0, 30, 3)),
        ("--interval=1m30s --retries=2 --start-period=500ms", Patience(0.5, 90, 2)),
        ("--interval=0 --retries=0", Patience(0, 30, 3)),
        ("--start-period=$X", None),
        ("--retries=many", None),
        ("--interval=1.2.3s", None),
    ],
)
def test_patience_is_that_of_the_engine(options: str, expected: Patience | None) -> None:
    check = final(f"FROM debian\nHEALTHCHECK {options} CMD a").healthcheck

    assert check is not None
    assert patience(check) == expected


def test_the_time_ends_with_the_last_try() -> None:
    assert Patience(10, 30, 3).seconds == 100


def test_checks_are_those_of_images_and_come_once() -> None:
    found = health_checks(
        build(
            """
            FROM debian AS base
            HEALTHCHECK CMD a
            FROM base AS one
            FROM base AS two
            FROM debian AS three
            HEALTHCHECK CMD b
            FROM debian AS four
            HEALTHCHECK NONE
            FROM base
            """
        )
    )

    assert [(each.stage.index, each.check.script.text) for each in found] == [(5, "a"), (3, "b")]


def test_servers_are_those_of_the_command_or_of_the_base() -> None:
    def name(text: str) -> str | None:
        server = server_of(final(text))
        return server.name if server is not None else None

    assert name("FROM debian\nCMD python -m vllm.entrypoints.openai.api_server") == "vllm"
    assert name("FROM vllm/vllm-openai:v0.11.0") == "vllm"
    assert name("FROM vllm/vllm-openai:v0.11.0\nCMD sleep 1") is None
    assert name("FROM debian") is None


def test_what_is_in_the_image_is_named() -> None:
    stage = final("FROM python:3.12-slim\nRUN pip install diffusers")

    assert (python_of(stage), model_library(stage)) == ("python", "diffusers")
    assert python_of(final("FROM debian:13")) == ""
