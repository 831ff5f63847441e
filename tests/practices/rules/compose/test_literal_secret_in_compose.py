"""Tests of the rule `literal-secret-in-compose`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("literal-secret-in-compose", path="compose.yaml")
HEAD = "services:\n  a:\n    image: x:1\n    environment:\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("DB_PASSWORD: hunter2", "error: the value of `DB_PASSWORD` stands in the file"),
        (
            "- DB=postgres://u:Xk29fq7pLz@db/x",
            "error: `DB` has a credential in its URL, `postgres://u:…@db`",
        ),
        (
            "DB_PASSWORD: ${DB_PASSWORD:-hunter2}",
            "warning: `DB_PASSWORD` has a default that anybody can read here",
        ),
        ("HF_TOKEN: change-me", "warning: the value of `HF_TOKEN` is to be written into the file"),
        ("X: hf_" + "aBcD1234" * 4 + "Zz", "error: `X` holds a Hugging Face token"),
        ("PASSWORD: a$$b9", "error: the value of `PASSWORD` stands in the file"),
    ],
)
def test_credentials_are_found(line: str, expected: str) -> None:
    found = JUDGE.findings(f"{HEAD}      {line}\n")

    assert [f"{finding.severity}: {finding.message}" for finding in found] == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD: ${DB_PASSWORD}",
        "DB_PASSWORD: ${DB_PASSWORD:?say it}",
        "DB_PASSWORD_FILE: /run/secrets/db",
        "- DB_PASSWORD",
        "DB_PASSWORD:",
        'DB_PASSWORD: ""',
        "DB: postgres://u:${P}@db/x",
        "MAX_TOKENS: 512",
        "ALLOW_EMPTY_PASSWORD: yes",
    ],
)
def test_what_is_no_credential_is_not(line: str) -> None:
    assert JUDGE.messages(f"{HEAD}      {line}\n") == []


def test_what_several_services_share_is_told_once() -> None:
    text = (
        "x-env: &env\n  TOKEN: zz9Xk29fq7\nservices:\n"
        "  a: {image: x, environment: *env}\n  b:\n    environment:\n      <<: *env\n"
    )

    assert JUDGE.places(text) == ["TOKEN"]
    assert JUDGE.findings(text)[0].fix is None


def test_commands_are_read() -> None:
    text = "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass zz9Xk29f\n"

    assert JUDGE.messages(text) == ["the command has a credential, `--requirepass …`"]
    assert JUDGE.messages(text.replace("zz9Xk29f", "$${PASS}")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DB_PASSWORD: hunter2 # old", "DB_PASSWORD: ${DB_PASSWORD:?} # old"),
        ("- db.password='x y'", '- "db.password=${DB_PASSWORD:?}"'),
        ('DB: "http://u:Xk29fq7pLz@db/$$x"', 'DB: "http://u:${DB_PASSWORD:?}@db/$$x"'),
    ],
)
def test_fix(before: str, after: str) -> None:
    fixed = JUDGE.fixed(f"{HEAD}      {before}\n")

    assert fixed.replace('"', "") == f"{HEAD}      {after}\n".replace('"', "")


def test_a_placeholder_that_a_file_can_replace_is_left() -> None:
    text = "services:\n  db:\n    image: postgres:17\n    environment:\n      {}: change-me\n"
    server, other = text.format("POSTGRES_PASSWORD"), text.format("API_TOKEN")

    assert JUDGE.messages(server) != []
    assert JUDGE.fixed(server) == server
    assert JUDGE.fixed(other) == other.replace("change-me", '"${API_TOKEN:?}"')
