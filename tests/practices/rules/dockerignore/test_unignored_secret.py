from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial

NAME = "unignored-secret"
FILES = {
    ".env": "HF_TOKEN=8f3ab1c92d7e",
    "deploy/tls.key": "-----BEGIN PRIVATE KEY-----",
    "tests/tls.key": "-----BEGIN PRIVATE KEY-----",
    ".env.example": "HF_TOKEN=",
    "settings.env": "PORT=80",
}


def _trial(text: str, **more: str) -> Trial:
    return Trial(NAME, text, {**FILES, **more}, path=".dockerignore")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".git\n", ["`.env` and `deploy/tls.key` are sent: files of credentials"]),
        ("*.env\n.env\n", ["`deploy/tls.key` is sent: a file of credentials"]),
        ("**/*.key\n.env*\n", []),
        ("*\n!.env\n", ["`.env` is sent: a file of credentials"]),
    ],
)
def test_credentials_that_are_sent(text: str, expected: list[str]) -> None:
    assert _trial(text).messages == expected


def test_fix() -> None:
    assert _trial(".git").fixed == ".git\n.env\ndeploy/tls.key\n"


def test_what_a_dockerfile_copies_by_name_is_found_and_not_ignored() -> None:
    trial = _trial("deploy\n", Dockerfile="FROM a\nCOPY .env /\n")

    assert (trial.messages, trial.fixed) == (
        ["`.env` is sent: a file of credentials"],
        "deploy\n",
    )
