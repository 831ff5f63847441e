"""Tests of the rule `alpine-with-wheels`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("alpine-with-wheels", files={"requirements.txt": "fastapi\nsentence-transformers\n"})


def test_the_packages_are_named_and_slim_is_taken() -> None:
    text = "FROM python:3.12-alpine3.22\r\nRUN pip install torch numpy onnxruntime\r\n"

    assert JUDGE.messages(text) == [
        "`python:3.12-alpine3.22` stands on musl, and `torch`, `onnxruntime` have no wheels for it"
    ]
    assert JUDGE.fixed(text) == text.replace("alpine3.22", "slim")


def test_requirements_and_what_they_need_count() -> None:
    text = "FROM python:3.12-alpine AS a\nFROM a\nCOPY . .\nRUN pip install -r requirements.txt\n"

    assert JUDGE.messages(text) == [
        (
            "`python:3.12-alpine` stands on musl, and `sentence-transformers` needs `torch`, which has"
            " no wheels for it"
        )
    ]
    assert JUDGE.places(text) == ["python:3.12-alpine"]


def test_apk_takes_the_fix_away() -> None:
    text = "FROM python:3.12-alpine\nRUN apk add gcc && pip install torch\n"

    assert [each.fix for each in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12-slim\nRUN pip install torch",
        "FROM python:3.12-alpine\nRUN pip install fastapi numpy",
        "FROM alpine:3.22\nRUN apk add py3-onnxruntime",
        "FROM own:alpine\nRUN pip install torch",
        "RUN pip install torch",
    ],
)
def test_where_there_are_wheels_it_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
