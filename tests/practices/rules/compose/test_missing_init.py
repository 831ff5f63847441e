"""Tests of the rule `missing-init`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("missing-init", path="compose.yaml")


def text(command: str) -> str:
    return f"services:\n  a:\n    image: x:1\n    command: {command}\n"


def test_a_training_is_found_and_given_one() -> None:
    before = text("torchrun train.py")

    assert JUDGE.messages(before) == [
        "`torchrun` is the first process of `a`, and collects no other"
    ]
    assert JUDGE.fixed(before) == before + "    init: true\n"


@pytest.mark.parametrize(
    "command",
    [
        "tini -- torchrun train.py",
        "[/usr/bin/dumb-init, torchrun, train.py]",
        "uvicorn app:app",
        "celery -A app beat",
        "torchrun train.py\n    init: false",
        "torchrun train.py\n    entrypoint: [/sbin/tini, --]",
    ],
)
def test_it_is_not_where_there_is_one_or_nothing_is_started(command: str) -> None:
    assert JUDGE.messages(text(command)) == []


def test_the_entrypoint_of_a_dockerfile_counts() -> None:
    files = {
        "Dockerfile": 'FROM python:3.12\nENTRYPOINT ["tini", "--"]\nCMD ["python", "train.py"]\n'
    }
    build = "services:\n  a:\n    build: .\n"

    assert Judge(JUDGE.name, path="compose.yaml", files=files).messages(build) == []
    files = {"Dockerfile": 'FROM python:3.12\nCMD ["python", "train.py"]\n'}
    assert Judge(JUDGE.name, path="compose.yaml", files=files).messages(build) == [
        "`python` is the first process of `a`, and collects no other"
    ]
