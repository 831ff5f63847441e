"""Tests of the rule `dependency-not-awaited`."""

from __future__ import annotations

from tests.practices.judge import Judge

JUDGE = Judge("dependency-not-awaited", path="compose.yaml")
DB = '  db:\n    image: postgres:16\n    healthcheck: {test: ["CMD", "pg_isready"]}\n'
CACHE = "  cache: {image: redis}\n"


def test_a_bare_name_is_found_where_there_is_a_health_check() -> None:
    text = "services:\n  api:\n    image: a:1\n    depends_on: [db, cache]\n" + DB + CACHE

    assert JUDGE.messages(text) == ["`api` does not wait until `db` is healthy"]
    assert JUDGE.places(text) == ["db"]


def test_a_condition_that_is_written_out_is_an_info() -> None:
    text = "services:\n  api:\n    depends_on:\n      db: {condition: service_started}\n" + DB

    assert [str(finding.severity) for finding in JUDGE.findings(text)] == ["info"]
    assert JUDGE.messages(text.replace("_started", "_healthy")) == []


def test_a_check_that_is_switched_off_is_none() -> None:
    text = (
        "services:\n  api:\n    depends_on: [db]\n  db:\n    image: postgres:16\n"
        "    healthcheck: {disable: true}\n"
    )

    assert JUDGE.messages(text) == []


def test_the_check_of_a_dockerfile_counts() -> None:
    dockerfile = "FROM debian\nHEALTHCHECK CMD true\n"
    judge = Judge(JUDGE.name, path="compose.yaml", files={"Dockerfile": dockerfile})
    text = "services:\n  web:\n    image: a:1\n    depends_on: [api]\n  api:\n    build: .\n"

    assert judge.messages(text) == ["`web` does not wait until `api` is healthy"]


def test_all_of_the_list_is_kept() -> None:
    text = "services:\r\n  api:\r\n    depends_on:\r\n      - cache\r\n      - db\r\n"
    rest = (DB + CACHE).replace("\n", "\r\n")

    assert JUDGE.fixed(text + rest, unsafe=False) == (
        "services:\r\n  api:\r\n    depends_on:\r\n"
        "      cache:\r\n        condition: service_started\r\n"
        "      db:\r\n        condition: service_healthy\r\n" + rest
    )


def test_a_list_with_comments_is_not_fixed() -> None:
    text = "services:\n  api:\n    depends_on:\n      - db # first\n      - cache\n" + DB + CACHE

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]
