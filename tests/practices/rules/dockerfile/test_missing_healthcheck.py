"""Tests of the rule `missing-healthcheck`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("missing-healthcheck")
ALWAYS = Judge("missing-healthcheck", settings="always = true")
STREAMLIT = 'CMD ["streamlit", "run", "app.py"]'


def test_a_service_is_found_at_what_starts_it() -> None:
    text = 'FROM python:3.12-slim\nCMD ["uvicorn", "a:app"]\n'

    assert JUDGE.messages(text) == ["a service without a health check: it starts `uvicorn`"]
    assert JUDGE.places(text) == ["CMD"]


@pytest.mark.parametrize(
    "text",
    [
        'FROM python:3.12\nCMD ["python", "train.py"]',
        'FROM python:3.12\nCMD ["celery", "-A", "a", "worker"]',
        'FROM python:3.12\nHEALTHCHECK NONE\nCMD ["uvicorn", "a:app"]',
        'FROM python:3.12 AS a\nHEALTHCHECK CMD a\nFROM a\nCMD ["uvicorn", "a:app"]',
        'FROM python:3.12\nCMD ["uvicorn", "a:app"]\nFROM python:3.12\nCMD ["train"]',
        'FROM python:3.12 AS dev\nCMD ["uvicorn", "a:app"]',
        "FROM quay.io/jupyter/base-notebook:2026-11-01",
        "FROM python:3.12",
        "",
    ],
)
def test_what_is_none_or_has_one_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_an_unknown_base_may_have_one() -> None:
    assert JUDGE.findings(f"FROM nobody/knows:1\n{STREAMLIT}")[0].severity is Severity.INFO


def test_every_image_is_judged_where_that_is_asked_for() -> None:
    assert ALWAYS.messages("FROM debian\nRUN a") == ["this image without a health check"]
    assert ALWAYS.messages("RUN a") == ["this image without a health check"]
    assert ALWAYS.messages("FROM debian\nHEALTHCHECK NONE") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            f"FROM python:3.12-slim\n# starts\n{STREAMLIT}\n",
            (
                "HEALTHCHECK --timeout=5s --start-period=60s CMD"
                ' ["python", "-c", "import urllib.request;'
                " urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)\"]"
            ),
        ),
        (
            "FROM debian:13\nRUN apt-get install curl\n# starts\nENTRYPOINT vllm serve x --port 9\n",
            (
                "HEALTHCHECK --timeout=5s --start-period=300s CMD"
                ' ["curl", "-fsS", "-m", "4", "http://127.0.0.1:9/health"]'
            ),
        ),
    ],
)
def test_a_check_of_what_is_known_is_put_above_the_start(text: str, line: str) -> None:
    assert JUDGE.fixed(text) == text.replace("# starts", f"{line}\n# starts")
    assert JUDGE.fixed(text.replace("\n", "\r\n")).count("\r\n") == text.count("\n") + 1


def test_without_port_path_or_tool_nothing_is_added() -> None:
    for text in (
        'FROM python:3.12\nCMD ["uvicorn", "a:app"]',
        f"FROM debian:13\n{STREAMLIT}",
        'FROM python:3.12\nCMD ["streamlit", "run", "a.py", "--server.port=$PORT"]',
    ):
        assert len(JUDGE.findings(text)) == 1
        assert JUDGE.findings(text)[0].fix is None


def test_a_port_that_a_variable_says_is_asked() -> None:
    text = (
        'FROM python:3.12-slim\nENV PORT=80\nENTRYPOINT ["text-embeddings-router"]\n'
        'CMD ["--json-output"]\n'
    )

    assert "http://127.0.0.1:80/health" in JUDGE.fixed(text)


def test_a_library_is_no_proof_of_a_service() -> None:
    text = 'FROM python:3.12-slim\nRUN pip install uvicorn\nCMD ["python", "app.py"]\n'
    [found] = JUDGE.findings(text)

    assert (found.severity, found.message) == (
        Severity.INFO,
        "likely a service without a health check: uvicorn is installed",
    )
