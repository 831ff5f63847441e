"""Tests of the rule `missing-project-name`."""

from __future__ import annotations

from tests.practices.judge import Judge

JUDGE = Judge("missing-project-name", path="compose.yaml")


def test_a_file_without_a_name_is_found_at_its_first_key() -> None:
    text = "# about\nx-a: 1\nservices: {}\n"

    assert JUDGE.messages(text) == ["the project has no `name`, and gets that of its folder"]
    assert JUDGE.places(text) == ["x-a"]


def test_a_name_is_enough() -> None:
    assert JUDGE.messages("services: {}\nname: a\n") == []
    assert JUDGE.messages("") == []
