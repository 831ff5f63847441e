"""Tests of the rule `duplicate-container-name`."""

from __future__ import annotations

from tests.practices.judge import Judge

JUDGE = Judge("duplicate-container-name", path="compose.yaml")


def test_the_second_of_a_name_is_found() -> None:
    text = "services:\n  a: {container_name: web}\n  b:\n    container_name: ${N:-web}\n"

    assert JUDGE.messages(text) == ["`a` is called `web` already"]
    assert JUDGE.places(text) == ["${N:-web}"]


def test_different_unknown_and_alternative_names_are_not() -> None:
    assert JUDGE.messages("services:\n  a: {container_name: $N}\n  b: {container_name: $N}\n") == []
    assert (
        JUDGE.messages(
            "services:\n  a: {container_name: w, profiles: [x]}\n"
            "  b: {container_name: w, profiles: [y]}\n"
        )
        == []
    )
