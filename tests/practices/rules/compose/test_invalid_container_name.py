"""Tests of the rule `invalid-container-name`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-container-name", path="compose.yaml")


@pytest.mark.parametrize("name", ["'my app'", "a@b", "-a", "_a", "ä", "a", "''"])
def test_names_that_the_engine_refuses_are_found(name: str) -> None:
    text = f"services:\n  a:\n    container_name: {name}\n"

    assert JUDGE.places(text) == [name]


@pytest.mark.parametrize("name", ["my-app_1.2", "A1", "$NAME", ""])
def test_other_names_are_not(name: str) -> None:
    assert JUDGE.messages(f"services:\n  a:\n    container_name: {name}\n") == []
