"""Tests of the rule `service-without-healthcheck`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("service-without-healthcheck", path="compose.yaml")
API = "services:\n  api:\n    image: example/api:1\n    depends_on: [db]\n"


def test_a_database_that_others_depend_on_is_found() -> None:
    text = API + "  db:\n    image: postgres:16\n"

    assert JUDGE.messages(text) == ["`api` depends on PostgreSQL, whose health is not checked"]
    assert JUDGE.places(text) == ["db"]


@pytest.mark.parametrize(
    "db",
    [
        "image: example/db:1",
        'image: postgres:16\n    healthcheck: {test: ["CMD", "pg_isready"]}',
        "image: postgres:16\n    healthcheck: {disable: true}",
        "image: postgres:16\n    command: pytest",
        "build: .",
    ],
)
def test_it_is_not_where_it_is_checked_or_not_known(db: str) -> None:
    assert JUDGE.messages(f"{API}  db:\n    {db}\n") == []


def test_a_database_that_nothing_waits_for_is_not() -> None:
    assert JUDGE.messages("services:\n  db:\n    image: postgres:16\n") == []


def test_a_built_service_is_judged_by_its_dockerfile() -> None:
    files = {"Dockerfile": 'FROM python:3.12-slim\nCMD ["uvicorn", "a:b"]\n'}
    judge = Judge(JUDGE.name, path="compose.yaml", files=files)

    assert judge.messages(API + "  db:\n    build: .\n") == [
        "`api` depends on Uvicorn, whose health is not checked"
    ]


def test_what_depends_on_it_waits_after_the_fix() -> None:
    text = API + "  db:\n    image: redis:7\n"

    assert JUDGE.fixed(text, unsafe=False) == (
        "services:\n  api:\n    image: example/api:1\n    depends_on:\n      db:\n"
        "        condition: service_healthy\n  db:\n    image: redis:7\n    healthcheck:\n"
        '      test: ["CMD", "redis-cli", "ping"]\n      interval: 10s\n      timeout: 5s\n'
        "      retries: 5\n"
    )


@pytest.mark.parametrize(
    "more", ["command: redis-server --requirepass $P", "command: [x, --port, '1']"]
)
def test_a_server_that_is_told_otherwise_has_no_fix(more: str) -> None:
    text = f"{API}  db:\n    image: redis:7\n    {more}\n"

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]
