"""Tests of the rule `model-copied-per-worker`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("model-copied-per-worker")
BASE = "FROM python:3.12\nRUN pip install transformers\n"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("CMD uvicorn a:b --workers 4", "4 workers of `uvicorn` load a model each (`transformers`)"),
        ("CMD gunicorn -w2 a:b", "2 workers of `gunicorn` load a model each (`transformers`)"),
        ('CMD ["fastapi", "run", "--workers=8"]',
         "8 workers of `fastapi` load a model each (`transformers`)"),
    ],
)  # fmt: skip
def test_several_workers_are_found(start: str, message: str) -> None:
    assert JUDGE.messages(BASE + start) == [message]


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}CMD uvicorn a:b",
        f"{BASE}CMD uvicorn a:b --workers 1",
        f"{BASE}CMD uvicorn a:b --workers $N",
        f"{BASE}CMD celery -A a worker -c 4",
        "FROM python:3.12\nCMD uvicorn a:b --workers 4",
        "CMD vllm serve a --data-parallel-size 4",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
