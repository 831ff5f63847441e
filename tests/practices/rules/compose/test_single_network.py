"""Tests of the rule `single-network`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("single-network", path="compose.yaml")
TEXT = """\
services:
  web: {image: "nginx:1.27", ports: ["443:443"], depends_on: [api]}
  api: {image: "example/api:1", depends_on: [db]}
  db: {image: "postgres:16"}
"""


def test_a_front_that_does_not_need_the_database_is_found() -> None:
    assert JUDGE.messages(TEXT) == ["`web` reaches `db` without a need: all share one network"]
    assert JUDGE.places(TEXT) == ["db"]


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "networks: {back: {}}\n",
        TEXT.replace("depends_on: [api]", "depends_on: [api, db]"),
        TEXT.replace("depends_on: [api]", "depends_on: [api], environment: [DB_HOST=db]"),
        TEXT.replace("depends_on: [api]", "expose: [80]"),
        TEXT.replace('"443:443"', ""),
        TEXT.replace("postgres", "example/db"),
        TEXT.replace("  api:", "  more: {image: x:1, network_mode: host}\n  api:"),
    ],
)
def test_it_is_not_where_it_may_need_it_or_networks_are_there(text: str) -> None:
    assert JUDGE.messages(text) == []
