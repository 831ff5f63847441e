"""Tests of the rule `data-in-anonymous-volume`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("data-in-anonymous-volume", path="compose.yaml")


def mounting(volume: str) -> str:
    return f"services:\n  a:\n    image: x:1\n    volumes:\n      - {volume}\n"


def test_data_in_a_volume_without_a_name_is_found_and_named() -> None:
    assert JUDGE.messages(mounting("/ws/checkpoints # best")) == [
        "`/ws/checkpoints` is in a volume without a name, lost with the container"
    ]
    assert JUDGE.fixed(mounting("/ws/checkpoints # best")) == (
        mounting("a-checkpoints:/ws/checkpoints # best") + "volumes:\n  a-checkpoints:\n"
    )


@pytest.mark.parametrize(
    "volume", ["/app/node_modules", "/app/.venv", "./data:/data", "data:/data"]
)
def test_other_volumes_are_not(volume: str) -> None:
    assert JUDGE.messages(mounting(volume)) == []


def database(image: str, more: str = "") -> str:
    return f"services:\n  db:\n    image: {image}\n{more}"


def test_a_database_without_a_volume_is_found() -> None:
    anonymous = "PostgreSQL keeps its data in a volume without a name"

    assert JUDGE.messages(database("postgres:16.6")) == [
        f"{anonymous}: nothing is mounted at `/var/lib/postgresql/data`"
    ]
    assert JUDGE.messages(database("qdrant/qdrant:v1.12.0")) == [
        "Qdrant keeps its data in the container itself: nothing is mounted at `/qdrant/storage`"
    ]
    assert JUDGE.fixed(database("mysql:8.4")) == database(
        "mysql:8.4",
        "    volumes:\n      - db-data:/var/lib/mysql\nvolumes:\n  db-data:\n",
    )


@pytest.mark.parametrize(
    ("image", "more"),
    [
        ("postgres:16", "    volumes: [db:/var/lib/postgresql]\n"),
        ("postgres:16", "    tmpfs: /var/lib/postgresql/data\n"),
        ("postgres:16", "    environment: {PGDATA: /x}\n"),
        ("postgres:18", ""),
        ("postgres", ""),
        ("redis:7", ""),
        ("postgres:16", "  other: {ports: []}\n"),
    ],
)
def test_a_database_is_not_where_something_is_mounted_or_not_known(image: str, more: str) -> None:
    assert JUDGE.messages(database(image, more)) == []


def test_databases_of_tests_may_forget() -> None:
    judge = Judge(JUDGE.name, path="compose.test.yaml")

    assert judge.messages(database("postgres:16")) == []
