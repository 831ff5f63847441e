"""Tests of the rule `unknown-compose-key`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unknown-compose-key", path="compose.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "services:\n  a:\n    comand: x\n",
            "Compose knows no key `comand` in a service, only `command`",
        ),
        (
            "services:\n  a:\n    memory: 1G\n",
            "Compose knows no key `memory` in a service, only in `limits`",
        ),
        (
            "services:\n  a:\n    build:\n      target: b\n      file: x\n",
            "Compose knows no key `file` in `build`",
        ),
        ("api:\n  image: x\nservices: {}\n", "Compose knows no key `api` at the top level"),
        (
            "services:\n  a:\n    ports:\n      - port: 80\n        target: 1\n",
            "Compose knows no key `port` in `ports`",
        ),
    ],
)
def test_unknown_keys_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a:\n    x-note: 1\n    labels: {any: thing}\n",
        "x-any: {thing: 1}\nservices:\n  comand: {image: x}\n",
        "services:\n  a:\n    environment: {ANY: 1}\n    sysctls: {a.b: 1}\n",
    ],
)
def test_names_and_extensions_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_key_is_renamed_in_its_place() -> None:
    text = "services:\r\n  a:\r\n    # what\r\n    'cap-add': [X] # ok\r\n"

    assert JUDGE.fixed(text) == text.replace("'cap-add'", "cap_add")


def test_a_key_is_not_renamed_to_one_that_is_there_or_where_it_is_shared() -> None:
    for text in (
        "services:\n  a:\n    image: x\n    imagee: y\n",
        "x-b: &b\n  context: .\n  tarket: y\nservices:\n  a: {build: *b}\n  b: {build: *b}\n",
    ):
        assert [finding.fix for finding in JUDGE.findings(text)] == [None]
