"""Tests of the rule `restart-always-on-job`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("restart-always-on-job", path="compose.yaml")


def text(command: str, restart: str = "restart: always") -> str:
    return f"services:\n  a:\n    image: x:1\n    command: {command}\n    {restart}\n"


def test_a_training_that_is_started_again_is_found_and_mended() -> None:
    before = text("torchrun --nproc_per_node=2 train.py")

    assert JUDGE.messages(before) == [
        "`train.py` comes to an end, and `restart: always` starts it again"
    ]
    assert JUDGE.places(before) == ["always"]
    assert JUDGE.fixed(before) == before.replace("always", "on-failure")


@pytest.mark.parametrize(
    "command", ["alembic upgrade head", "python -m scripts.train", "dvc repro"]
)
def test_other_jobs(command: str) -> None:
    restart = "deploy: {restart_policy: {condition: any}}"
    found = JUDGE.messages(text(command, restart))

    assert [message.partition(",")[2] for message in found] in (
        [" and `condition: any` starts it again"],
        [],
    )


@pytest.mark.parametrize(
    ("command", "restart"),
    [
        ("uvicorn app:app", "restart: always"),
        ("python train.py", "restart: on-failure"),
        ("python train.py", 'restart: "no"'),
        ("celery worker", "restart: unless-stopped"),
    ],
)
def test_what_may_be_restarted(command: str, restart: str) -> None:
    assert JUDGE.messages(text(command, restart)) == []


def test_the_command_of_a_dockerfile_counts() -> None:
    files = {"Dockerfile": 'FROM python:3.12\nCMD ["python", "train.py"]\n'}
    judge = Judge(JUDGE.name, path="compose.yaml", files=files)

    assert judge.places("services:\n  a:\n    build: .\n    restart: unless-stopped\n") == [
        "unless-stopped"
    ]
