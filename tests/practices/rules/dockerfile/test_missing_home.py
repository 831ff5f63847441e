"""Tests of the rule `missing-home`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("missing-home")


@pytest.mark.parametrize(
    ("lines", "message", "after"),
    [
        (
            "RUN useradd -u 1001 app\nUSER app",
            "the home of `app` is `/home/app`, which is not there",
            "RUN useradd --create-home -u 1001 app\nUSER app",
        ),
        (
            "RUN useradd --no-create-home app\nUSER app",
            "the home of `app` is `/home/app`, which is not there",
            "RUN useradd --create-home app\nUSER app",
        ),
        (
            "USER 10001",
            "the home of `10001` is `/`, which is root's",
            "ENV HOME=/tmp\nUSER 10001",
        ),
        (
            "RUN adduser --system app\nUSER app",
            "the home of `app` is `/nonexistent`, which is not there",
            None,
        ),
    ],
)
def test_a_user_without_a_home_is_found(lines: str, message: str, after: str | None) -> None:
    text = f"FROM python:3.12-slim\n{lines}\n"

    assert JUDGE.messages(text) == [message]
    assert JUDGE.fixed(text) == f"FROM python:3.12-slim\n{after or lines}\n"


def test_with_a_library_that_writes_to_it_it_is_worse() -> None:
    text = "FROM python:3.12-slim\n{}USER 10001\n"
    found = JUDGE.findings(text.format("RUN pip install streamlit\n"))

    assert [(item.message, item.severity) for item in found] == [
        (
            "the home of `10001` is `/`, which is root's, and `streamlit` writes to it",
            Severity.WARNING,
        )
    ]
    assert [item.severity for item in JUDGE.findings(text.format(""))] == [Severity.INFO]


@pytest.mark.parametrize(
    "lines",
    [
        "RUN useradd -m app\nUSER app",
        "RUN useradd app && mkdir /home/app && chown app /home/app\nUSER app",
        "ENV HOME=/tmp\nUSER 10001",
        "RUN pip install transformers\nUSER 10001",
        "USER 33",
        "USER root",
        "",
    ],
)
def test_who_has_one_or_whose_is_not_known_is_not(lines: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12-slim\n{lines}\n") == []
    assert JUDGE.messages("FROM some/image\nUSER 10001\n") == []


def test_what_no_variable_moves_is_told_beside_a_missing_cache() -> None:
    head = "FROM python:3.12-slim\nRUN pip install transformers streamlit\n"

    assert JUDGE.messages(f"{head}USER 10001\n") != []
    assert JUDGE.messages(f"{head.replace(' streamlit', '')}USER 10001\n") == []
