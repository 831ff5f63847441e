"""Tests of the rule `several-processes`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("several-processes")


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("CMD nginx & uvicorn a:b", "`nginx` and `uvicorn` run in one container"),
        ("CMD service ssh start && python app.py", "`ssh` and `python` run in one container"),
        ("CMD /etc/init.d/cron start; gunicorn a", "`cron` and `gunicorn` run in one container"),
        ('CMD ["sh", "-c", "celery -A a worker & uvicorn a:b & wait"]',
         "`celery` and `uvicorn` run in one container"),
        ('CMD ["supervisord", "-n"]', "`supervisord` runs several programs in one container"),
    ],
)  # fmt: skip
def test_programs_side_by_side_are_found(start: str, message: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12\n{start}") == [message]


def test_scripts_are_read() -> None:
    script = "#!/bin/sh\nollama serve &\nsleep 5\nexec python app.py\n"
    judge = Judge("several-processes", files={"run.sh": script})

    assert judge.messages('FROM debian\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]') == [
        "`ollama` and `python` run in one container"
    ]


@pytest.mark.parametrize(
    "start",
    [
        "CMD alembic upgrade head && uvicorn a:b",
        "CMD python a.py && python b.py",
        "CMD a & wait",
        "CMD uvicorn a:b 2>&1 | tee log",
        "CMD ls && uvicorn a:b",
        "RUN service x start && python a.py",
    ],
)
def test_one_after_the_other_is_fine(start: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12\n{start}") == []
