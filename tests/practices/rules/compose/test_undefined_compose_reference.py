"""Tests of the rule `undefined-compose-reference`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("undefined-compose-reference", path="compose.yaml")
HEAD = "services:\n  a:\n    image: x:1\n"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("depends_on: [db]", "service `db`"),
        ("depends_on: {db: {condition: service_healthy}}", "service `db`"),
        ("links: ['db:database']", "service `db`"),
        ("network_mode: service:vpn", "service `vpn`"),
        ("extends: {service: base}", "service `base`"),
        ("volumes: ['data:/data']", "volume `data`"),
        ("volumes: [{type: volume, source: data, target: /d}]", "volume `data`"),
        ("networks: [back]", "network `back`"),
        ("networks: {back: {aliases: [x]}}", "network `back`"),
        ("secrets: [key]", "secret `key`"),
        ("configs: [{source: conf, target: /c}]", "config `conf`"),
    ],
)
def test_what_is_not_declared_is_found(line: str, what: str) -> None:
    assert JUDGE.messages(f"{HEAD}    {line}\n") == [f"`a` needs the {what}, which is not declared"]


@pytest.mark.parametrize(
    "line",
    [
        "depends_on: {db: {condition: service_started, required: false}}",
        "volumes: [./data:/data, /anonymous, '$V:/v']",
        "networks: [default]",
        "network_mode: host",
        "extends: {file: other.yaml, service: base}",
    ],
)
def test_what_needs_no_declaration_is_not(line: str) -> None:
    assert JUDGE.messages(f"{HEAD}    {line}\n") == []


def test_a_file_that_is_a_part_is_not_judged() -> None:
    text = HEAD + "    depends_on: [db]\n"

    assert JUDGE.messages("include: [b.yaml]\n" + text) == []
    assert JUDGE.messages(text + "  b:\n    ports: []\n") == []
    assert Judge(JUDGE.name, path="compose.override.yaml").messages(text) == []


def test_a_volume_is_declared_once() -> None:
    text = HEAD + "    volumes: [data:/d]\n  b:\n    image: x:1\n    volumes: [data:/d]\n"

    assert JUDGE.fixed(text, unsafe=False) == text + "volumes:\n  data:\n"


def test_a_name_is_replaced_by_one_that_is_like_it() -> None:
    text = HEAD + "    depends_on:\n      - postgress\n  postgres:\n    image: x:1\n"

    assert JUDGE.fixed(text, unsafe=False) == text
    assert JUDGE.fixed(text) == text.replace("postgress", "postgres")
