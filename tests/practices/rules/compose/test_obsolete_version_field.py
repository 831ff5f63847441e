"""Tests of the rule `obsolete-version-field`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("obsolete-version-field", path="compose.yaml")
SERVICES = "services:\n  a:\n    image: x:1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'version: "3.8"\n\n{SERVICES}', SERVICES),
        (f"# about\nversion: 2 # old\n{SERVICES}", f"# about\n{SERVICES}"),
        (f"{SERVICES}\nversion: '3'\n", SERVICES),
        ("{version: 3, services: {}}", "{services: {}}"),
        ("version: '3'\r\nservices: {}\r\n", "services: {}\r\n"),
    ],
)
def test_it_is_found_and_removed(before: str, after: str) -> None:
    assert JUDGE.messages(before) == ["`version` is obsolete, and nothing reads it"]
    assert JUDGE.places(before) == ["version"]
    assert JUDGE.fixed(before, unsafe=False) == after


def test_other_keys_of_that_name_are_not() -> None:
    assert JUDGE.messages("services:\n  version:\n    labels: {version: a}\n") == []
