"""Tests of the rule `no-init-for-workers`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("no-init-for-workers")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ('CMD ["torchrun", "train.py"]', "torchrun"),
        ("CMD exec celery -A a worker", "celery"),
        ('ENTRYPOINT ["accelerate", "launch"]\nCMD ["a.py"]', "accelerate"),
        ("CMD uv run celery -A a worker", "celery"),
    ],
)
def test_process_1_with_children_is_found(start: str, name: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12\n{start}") == [
        f"`{name}` starts processes, and is process 1 without an init"
    ]


@pytest.mark.parametrize(
    "text",
    [
        'FROM python:3.12\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["torchrun", "a.py"]',
        'FROM python:3.12\nCMD ["dumb-init", "celery", "-A", "a", "worker"]',
        "FROM python:3.12\nCMD celery -A a worker --pool=solo",
        "FROM python:3.12\nCMD celery -A a worker -P gevent",
        "FROM python:3.12\nCMD celery -A a beat",
        "FROM python:3.12\nCMD python train.py",
        "FROM python:3.12\nCMD uvicorn a:b",
        "FROM quay.io/jupyter/base-notebook\nCMD torchrun a.py",
        "FROM nobody/knows\nCMD torchrun a.py",
        "FROM python:3.12",
    ],
)
def test_one_process_or_an_init_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_an_init_in_the_script_counts() -> None:
    judge = Judge("no-init-for-workers", files={"a.sh": "#!/bin/sh\nexec tini -- torchrun a.py\n"})

    assert judge.messages('FROM python:3.12\nCOPY a.sh /\nCMD ["/a.sh"]') == []
