from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "development-server-in-image"


def starting(command: str, env: str = "") -> str:
    return (
        f"cmd: {command}\nenv: {{{env}}}\nlayers:\n  - step: ENV FLASK_DEBUG=1\n  - step: CMD it\n"
    )


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("[flask, run]", "`flask` is a server for development"),
        ("[python, manage.py, runserver]", "`django` is a server for development"),
        ("[fastapi, dev, main.py]", "`fastapi` is a server for development"),
        (
            "[uvicorn, 'main:app', --reload]",
            "`--reload` starts `uvicorn` again when a file changes",
        ),
        (
            "[sh, -c, 'exec uvicorn main:app --reload']",
            "`--reload` starts `uvicorn` again when a file changes",
        ),
    ],
)
def test_it_is_found(command: str, expected: str) -> None:
    assert found(RULE, starting(command)) == [f"3: warning: {expected}"]


def test_the_debugger_of_flask_is_found_by_its_variable() -> None:
    assert found(RULE, starting("[gunicorn, app]", "FLASK_DEBUG: '1'")) == [
        "2: warning: `FLASK_DEBUG` turns Flask's debugger on"
    ]
    assert found(RULE, starting("[gunicorn, app]", "FLASK_DEBUG: '0'")) == []


@pytest.mark.parametrize(
    "command", ["[gunicorn, app]", "[fastapi, run]", "[python, train.py]", "[]"]
)
def test_others_are_fine(command: str) -> None:
    assert found(RULE, starting(command)) == []
