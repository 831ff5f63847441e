from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial

NAME = "incomplete-dockerignore"
FILES = {
    ".git/HEAD": "x",
    ".venv/pyvenv.cfg": "x",
    "a/__pycache__/b.pyc": "x",
    "data/a.csv": "",
}
SIZES = {"data/a.csv": 3_000_000}


def _trial(text: str, **more: str) -> Trial:
    return Trial(NAME, text, {**FILES, **more}, path=".dockerignore", sizes=SIZES)


def test_certain_and_uncertain_ones_are_told_apart() -> None:
    trial = _trial(".git\n")

    assert (trial.messages, [finding.start.line for finding in trial.findings]) == (
        ["`__pycache__` and `.venv` are sent: 1 kB", "`data` is sent: a dataset, 3.0 MB"],
        [1, 1],
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (".git", ".git\n**/__pycache__\n.venv\ndata\n"),
        ("*.md\r\n.git\r\n", "*.md\r\n.git\r\n**/__pycache__\r\n.venv\r\ndata\r\n"),
        ("", "**/__pycache__\n.git\n.venv\ndata\n"),
        (".git\n.venv\ndata\n**/*.pyc\n", ".git\n.venv\ndata\n**/*.pyc\n"),
        ("*\n!a\n**/__pycache__", "*\n!a\n**/__pycache__"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert _trial(before).fixed == after


def test_what_a_dockerfile_names_is_left_alone() -> None:
    trial = _trial(".git\n.venv\n**/__pycache__\n", Dockerfile="FROM a\nCOPY data /data\n")

    assert trial.messages == []


def test_the_ignore_file_of_one_dockerfile_is_judged_too() -> None:
    trial = Trial(NAME, ".git\n", FILES, path="gpu.Dockerfile.dockerignore")

    assert trial.messages == ["`__pycache__` and `.venv` are sent: 1 kB"]


def test_nothing_is_known_without_a_context() -> None:
    assert Trial(NAME, ".git\n", path=".dockerignore").messages == []
