from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial

NAME = "ineffective-ignore-pattern"
FILES = {
    "src/__pycache__/a.pyc": "x",
    "__pycache__/b.pyc": "x",
    "api/.env": "x",
    ".env": "x",
    "data/labels.csv": "x",
    "src/data/x.csv": "x",
    "docs/README.md": "x",
}


def _trial(text: str) -> Trial:
    return Trial(NAME, text, FILES, path=".dockerignore")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "__pycache__\n",
            ["warning: `__pycache__` counts at the root only, so `src/__pycache__` is sent"],
        ),
        (
            "*.pyc\n",
            ["warning: `*.pyc` counts at the root only, so `__pycache__/b.pyc` is sent"],
        ),
        (".env\n", ["warning: `.env` counts at the root only, so `api/.env` is sent"]),
        ("*.md\n", ["info: `*.md` counts at the root only, so `docs/README.md` is sent"]),
        (
            "docs  # pages\n",
            ["warning: the comment behind `docs` is part of the pattern, which so matches nothing"],
        ),
        (
            "*.{pt,onnx}\n",
            ["warning: braces are taken literally, so `*.{pt,onnx}` matches nothing"],
        ),
        (
            "!data/labels.csv\n\ndata\n",
            ["warning: `!data/labels.csv` is undone by `data` in line 3"],
        ),
        ("../x\n", ["warning: `../x` is above the context, where nothing is sent from"]),
        ("# a # b\n**/__pycache__\n/.env\ndata\n!data/labels.csv\n", []),
        (
            "src\n__pycache__\n*.csv\n",
            ["info: `*.csv` counts at the root only, so `data/labels.csv` is sent"],
        ),
        ("README.md\ndocs\nsrc\n", []),
    ],
)
def test_patterns_that_seem_to_do_more(text: str, expected: list[str]) -> None:
    trial = _trial(text)

    assert [
        f"{severity}: {message}"
        for severity, message in zip(trial.severities, trial.messages, strict=True)
    ] == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\n  __pycache__ \r\n", "a\r\n  **/__pycache__ \r\n"),
        ("docs/ # pages\n", "# pages\ndocs/\n"),
        ("*.{pt,onnx}.gz\nx", "*.pt.gz\n*.onnx.gz\nx"),
        ("!data/labels.csv\ndata", "data\n!data/labels.csv"),
        ("!data/labels.csv\ndata\n", "data\n!data/labels.csv\n"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert _trial(before).fixed == after


def test_only_caches_are_safe_to_leave_out() -> None:
    found = _trial("__pycache__\n.env\n").findings

    assert [each.fix and each.fix.applicability.value for each in found] == ["safe", "unsafe"]


def test_without_a_context_what_is_written_tells() -> None:
    trial = Trial(NAME, "__pycache__\n*.{a,b}\n", path=".dockerignore")

    assert trial.messages == ["braces are taken literally, so `*.{a,b}` matches nothing"]


def test_a_file_that_no_dockerfile_reads() -> None:
    files = {"Dockerfile": "FROM a\n", "Dockerfile.dockerignore": "x\n"}
    message = "`Dockerfile.dockerignore` is read in place of this file"

    assert Trial(NAME, "a\n", files, path=".dockerignore").messages == [message]
    assert Trial(NAME, "a\n", files, path="Dockerfile.dockerignore").messages == []
    files["gpu.Dockerfile"] = "FROM a\n"
    assert Trial(NAME, "a\n", files, path=".dockerignore").messages == []
