"""Tests of the rule `development-server`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("development-server")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uvicorn a:b --reload --port 1", "uvicorn a:b --port 1"),
        ('["uvicorn", "a:b", "--reload"]', '["uvicorn", "a:b"]'),
        ("gunicorn a:b \\\r\n  --reload \\\r\n  -w 2", "gunicorn a:b \\\r\n  -w 2"),
        ('["python", "-m", "uvicorn", "--reload", "a"]', '["python", "-m", "uvicorn", "a"]'),
        ("fastapi dev a.py", "fastapi run a.py"),
        ('["fastapi", "dev", "a.py"]', '["fastapi", "run", "a.py"]'),
        ("uv run uvicorn --reload a:b", "uv run uvicorn a:b"),
    ],
)
def test_options_are_taken_off(before: str, after: str) -> None:
    text = f"FROM debian\r\nCMD {before}\r\n"

    assert JUDGE.fixed(text) == text.replace(before, after)
    assert JUDGE.fixed(text, unsafe=False) == text


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("CMD flask run", "`flask run` is a server for development"),
        ('CMD ["python", "manage.py", "runserver", "0:80"]',
         "`manage.py runserver` is a server for development"),
        ("CMD python3 -m http.server", "`http.server` is a server for development"),
        ("CMD a && uvicorn x --reload", "`--reload` starts `uvicorn` again when a file changes"),
        ("ENV FLASK_DEBUG=1\nCMD gunicorn a", "`FLASK_DEBUG` turns Flask's debugger on"),
    ],
)  # fmt: skip
def test_messages_name_the_server(start: str, message: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{start}") == [message]


def test_scripts_are_read() -> None:
    judge = Judge("development-server", files={"run.sh": "#!/bin/sh\nexec uvicorn a:b --reload\n"})
    text = 'FROM debian\nCOPY run.sh /\nCMD ["/run.sh"]\n'

    assert judge.messages(text) == [
        "`--reload` starts `uvicorn` again when a file changes (`run.sh`)"
    ]
    assert judge.places(text) == ['CMD ["/run.sh"]']
    assert judge.fixed(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian AS dev\nCMD flask run",
        "FROM debian\nCMD flask run\nFROM debian\nCMD gunicorn a",
        "FROM debian\nCMD fastapi run a.py",
        "FROM debian\nCMD flask db upgrade",
        "FROM debian\nCMD gunicorn a:b --preload",
        "FROM debian\nENV FLASK_ENV=production FLASK_DEBUG=0\nCMD gunicorn a",
        "FROM debian\nRUN flask run",
        "FROM debian\nCMD uvicorn a:b --reload-dir x",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
