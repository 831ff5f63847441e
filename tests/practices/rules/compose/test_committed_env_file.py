"""Tests of the rule `committed-env-file`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

NAME = "committed-env-file"
TEXT = "services:\n  a:\n    image: x:1\n    env_file: ./conf/db.env\n"
VARIABLES = "DB_PASSWORD=Xk29fq7pLz\nLEVEL=info\n"


def messages(files: dict[str, str]) -> list[str]:
    return Judge(NAME, path="compose.yaml", files=files).messages(TEXT)


def test_env_is_told_at_the_start_and_others_where_they_are_named() -> None:
    files = {".gitignore": "*.log\n", ".env": VARIABLES, "conf/db.env": VARIABLES}
    judge = Judge(NAME, path="compose.yaml", files=files)

    assert judge.messages(TEXT) == [
        "`.env` holds `DB_PASSWORD`, and Git does not ignore it",
        "`conf/db.env` holds `DB_PASSWORD`, and Git does not ignore it",
    ]
    assert judge.places(TEXT) == ["services", "./conf/db.env"]


@pytest.mark.parametrize(
    "ignored", [".env", "*.env", ".env*", "/.env", "**/.env", "!.env\n.env", "# x\n.e[n]v", ".*"]
)
def test_what_git_ignores_is_not_found(ignored: str) -> None:
    assert messages({".gitignore": ignored, ".env": VARIABLES}) == []


@pytest.mark.parametrize("ignored", ["", "env", "conf/.env", ".env\n!.env", "#.env", ".envrc"])
def test_what_git_does_not_ignore_is(ignored: str) -> None:
    assert len(messages({".gitignore": ignored, ".env": VARIABLES})) == 1


@pytest.mark.parametrize("ignored", ["conf", "conf/", "db.env", "conf/*.env", "/conf/db.env"])
def test_folders_count(ignored: str) -> None:
    assert messages({".gitignore": ignored, "conf/db.env": VARIABLES}) == []


def test_nothing_is_said_without_an_ignore_file_or_a_credential() -> None:
    assert messages({".env": VARIABLES}) == []
    assert messages({".gitignore": "", ".env": "LEVEL=info\nTOKEN=\nPASSWORD=${P}\n"}) == []
    assert messages({".gitignore": ""}) == []
