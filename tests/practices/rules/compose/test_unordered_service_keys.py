"""Tests of the rule `unordered-service-keys`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unordered-service-keys", path="compose.yaml")


def test_the_first_key_out_of_order_is_found() -> None:
    text = "services:\n  a:\n    restart: always\n    image: x\n    build: .\n"

    assert JUDGE.messages(text) == ["`image` comes after `restart`"]


@pytest.mark.parametrize(
    "service",
    ["{image: x, ports: [], user: a, init: true}", "{init: true, gpus: all}", "{image: x, <<: {}}"],
)
def test_others_are_not(service: str) -> None:
    assert JUDGE.messages(f"services:\n  a: {service}\n") == []
