"""Tests of the rule `unfrozen-sync`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

LOCKS = {"sub/uv.lock": "", "uv.lock": "", "pdm.lock": "", "Pipfile.lock": ""}
JUDGE = Judge("unfrozen-sync", files=LOCKS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uv sync", "uv sync --frozen"),
        ("uv sync --no-dev \\\n  --extra x", "uv sync --frozen --no-dev \\\n  --extra x"),
        ("cd sub && uv sync", "cd sub && uv sync --frozen"),
        ("pdm install --prod", "pdm install --frozen-lockfile --prod"),
        ("pipenv install --system", "pipenv install --deploy --system"),
    ],
)
def test_the_lock_is_taken_as_it_is(before: str, after: str) -> None:
    head = "FROM a\nWORKDIR /app\nCOPY . .\nRUN "

    assert JUDGE.fixed(f"{head}{before}\n") == f"{head}{after}\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("uv sync", "`uv sync` finds no `uv.lock`, and resolves anew in each build"),
        ("cd $X && uv sync", "`uv sync` may make a new `uv.lock` in the image"),
        ("git clone u x && cd x && uv sync", "`uv sync` may make a new `uv.lock` in the image"),
        ("uv sync -U", "`uv sync --upgrade` takes newer versions than those that `uv.lock` names"),
        ("poetry update", "`poetry update` takes newer versions than those that the lock file names"),
    ],
)  # fmt: skip
def test_what_cannot_be_mended_is_found(command: str, message: str) -> None:
    judge = Judge("unfrozen-sync", files={"pyproject.toml": ""})
    text = f"FROM a\nCOPY . .\nRUN {command}\n"

    assert [(item.message, item.fix) for item in judge.findings(text)] == [(message, None)]


@pytest.mark.parametrize(
    "text",
    [
        "RUN uv sync --locked",
        "ENV UV_FROZEN=1\nRUN uv sync",
        "RUN UV_LOCKED=1 uv sync",
        "RUN poetry install",
        "RUN pdm sync",
        "RUN pipenv install flask",
        "RUN pipenv sync",
        "RUN uv pip sync requirements.txt",
    ],
)
def test_what_is_frozen_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM a\n{text}\n") == []


def test_one_lock_file_is_reported_once() -> None:
    text = (
        "FROM a\nCOPY . .\nRUN uv sync --no-install-project\nRUN uv sync\nRUN cd sub && uv sync\n"
    )

    assert [finding.start.line for finding in JUDGE.findings(text)] == [3, 5]
    assert JUDGE.fixed(text) == text.replace("uv sync", "uv sync --frozen")
