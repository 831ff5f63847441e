from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, messages

NAME = "missing-dockerignore"
TEXT = "FROM a\nCOPY . /app\n"


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        (
            TEXT,
            {".git/HEAD": "x", "a/__pycache__/b.pyc": "x"},
            [
                (
                    "warning: everything is copied without a `.dockerignore`, "
                    "`__pycache__` and `.git` too"
                )
            ],
        ),
        (
            TEXT,
            {".env": "HF_TOKEN=8f3ab1c92d7e", ".git/HEAD": "x"},
            ["error: everything is copied without a `.dockerignore`, `.env` too"],
        ),
        (TEXT, {"a.py": "x"}, ["info: everything is copied without a `.dockerignore`"]),
        (
            "FROM a AS b\nONBUILD ADD ./ /app\nFROM c\n",
            {"a": "x"},
            ["info: everything is copied without a `.dockerignore`"],
        ),
        (TEXT, {".git/HEAD": "x", ".dockerignore": "\n"}, []),
        (TEXT, {".git/HEAD": "x", "Dockerfile.dockerignore": "x\n"}, []),
        ("FROM a\nCOPY src /app\n", {".git/HEAD": "x"}, []),
        ("FROM a AS b\nFROM c\nCOPY --from=b . /app\n", {".git/HEAD": "x"}, []),
        (TEXT, None, []),
    ],
)
def test_what_is_copied_along(text: str, files: dict[str, str] | None, expected: list[str]) -> None:
    trial = Trial(NAME, text, files)

    assert [
        f"{severity}: {message}"
        for severity, message in zip(trial.severities, trial.messages, strict=True)
    ] == expected


def test_fix_makes_the_file() -> None:
    files = {
        ".git/HEAD": "x",
        ".venv/pyvenv.cfg": "x",
        "a/__pycache__/b.pyc": "x",
        "data/a.csv": "x" * 2_000_000,
        ".env": "HF_TOKEN=8f3ab1c92d7e",
    }

    result = Trial(NAME, TEXT, files).result

    assert dict(result.created) == {".dockerignore": "**/__pycache__\n.git\n.venv\n.env\n"}
    assert (result.text, result.checked.findings) == (TEXT, ())


def test_the_history_stays_where_the_version_comes_from_it() -> None:
    files = {".git/HEAD": "x", "wandb/a": "x", "pyproject.toml": 'requires = ["hatch-vcs"]'}

    assert dict(Trial(NAME, TEXT, files).result.created) == {".dockerignore": "wandb\n"}


def test_nothing_is_known_without_a_context() -> None:
    assert messages(NAME, TEXT) == []
