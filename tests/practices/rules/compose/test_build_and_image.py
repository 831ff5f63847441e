"""Tests of the rule `build-and-image`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("build-and-image", path="compose.yaml")


def test_both_are_found_at_the_image() -> None:
    text = "services:\n  a:\n    build: .\n    image: a:1\n"

    assert JUDGE.messages(text) == ["`a` is built, and could be pulled as well"]
    assert JUDGE.places(text) == ["a:1"]


@pytest.mark.parametrize(
    "service", ["{build: .}", "{image: a}", "{build: ., image: a, pull_policy: build}", "{build:}"]
)
def test_one_of_them_is_not(service: str) -> None:
    assert JUDGE.messages(f"services:\n  a: {service}\n") == []
