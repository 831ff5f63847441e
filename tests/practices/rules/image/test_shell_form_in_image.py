from __future__ import annotations

import json

import pytest
from tests.practices.image_examples import found

RULE = "shell-form-in-image"


def starting(*words: str, keyword: str = "cmd") -> str:
    return f"{keyword}: {json.dumps(words)}\nlayers:\n  - step: {keyword.upper()} something\n"


@pytest.mark.parametrize("shell", ["/bin/sh", "sh", "/bin/dash"])
def test_a_shell_that_stays_is_found(shell: str) -> None:
    assert found(RULE, starting(shell, "-c", "uvicorn main:app")) == [
        f"2: warning: `{shell}` is process 1 and keeps the signal to stop to itself"
    ]


def test_it_is_found_in_an_entry_point() -> None:
    text = starting("/bin/bash", "-ec", "cd /app && python main.py", keyword="entrypoint")

    assert found(RULE, text) == [
        "2: warning: `/bin/bash` is process 1 and keeps the signal to stop to itself"
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("/bin/sh", "-c", "exec uvicorn main:app"),
        ("/bin/sh", "-c", "alembic upgrade head && exec uvicorn main:app"),
        ("/bin/sh", "-c", "alembic upgrade head\nexec uvicorn main:app"),
        ("/bin/bash", "-c", "uvicorn main:app"),
        ("/bin/sh", "start.sh"),
        ("tini", "--", "python", "main.py"),
        ("python", "-c", "print()"),
        ("bash",),
        (),
    ],
)
def test_what_gets_the_signal_is_fine(words: tuple[str, ...]) -> None:
    assert found(RULE, starting(*words)) == []


def test_a_shell_cannot_break_the_message() -> None:
    assert found(RULE, starting("/a`b/sh", "-c", "run it")) == [
        "2: warning: `/a�b/sh` is process 1 and keeps the signal to stop to itself"
    ]
