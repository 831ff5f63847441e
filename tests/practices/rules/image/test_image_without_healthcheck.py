from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "image-without-healthcheck"


def starting(command: str, *rest: str) -> str:
    lines = "\n".join(rest)
    return f"cmd: {command}\n{lines}\nlayers:\n  - step: EXPOSE 8000\n  - step: CMD {command}\n"


@pytest.mark.parametrize(
    "command",
    [
        '[uvicorn, "main:app"]',
        "[gunicorn, app]",
        "[python, -m, vllm.entrypoints.openai.api_server]",
        '[sh, -c, "exec uvicorn main:app"]',
        "[streamlit, run, app.py]",
    ],
)
def test_a_service_without_one_is_found(command: str) -> None:
    assert found(RULE, starting(command)) == ["3: warning: a service without a health check"]


def test_a_port_makes_a_service() -> None:
    assert found(RULE, starting("[./server]", "ports: [8000/tcp]")) == [
        "3: warning: a service without a health check"
    ]


@pytest.mark.parametrize(
    "command",
    [
        "[python, train.py]",
        "[celery, -A, app, worker]",
        "[bash]",
        "[python3]",
        "[]",
        "[jupyter, lab]",
    ],
)
def test_what_serves_nobody_is_not(command: str) -> None:
    assert found(RULE, starting(command)) == []


def test_a_service_with_one_is_fine() -> None:
    assert found(RULE, starting("[gunicorn, app]", "healthcheck: [python, probe.py]")) == []


def test_none_on_purpose_is_fine() -> None:
    text = f"{starting('[gunicorn, app]')}  - step: HEALTHCHECK NONE\n"

    assert found(RULE, text) == []


def test_a_command_that_is_too_long_to_be_one_is_no_service() -> None:
    assert found(RULE, starting(f"[gunicorn, {'a' * 30_000}]")) == []
