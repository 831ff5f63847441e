"""Tests of the rule `persistent-debian-frontend`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("persistent-debian-frontend")


def test_env_becomes_arg() -> None:
    text = "FROM ubuntu:24.04\nENV DEBIAN_FRONTEND=noninteractive\nRUN x\n"

    assert JUDGE.fixed(text) == text.replace("ENV", "ARG")


@pytest.mark.parametrize(
    "text",
    [
        "FROM ubuntu\nARG DEBIAN_FRONTEND=noninteractive",
        "FROM ubuntu AS a\nENV DEBIAN_FRONTEND=noninteractive\nFROM ubuntu",
        "FROM ubuntu\nENV DEBIAN_FRONTEND=noninteractive\nENV DEBIAN_FRONTEND=",
    ],
)
def test_what_does_not_stay_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_with_others_it_is_found_and_left() -> None:
    text = "FROM ubuntu\nENV A=1 DEBIAN_FRONTEND=noninteractive\n"

    assert JUDGE.places(text) == ["DEBIAN_FRONTEND=noninteractive"]
    assert JUDGE.fixed(text) == text


def test_all_that_set_it_become_arg_or_none() -> None:
    one = "ENV DEBIAN_FRONTEND=noninteractive\n"
    text = f"FROM ubuntu:24.04\n{one}RUN x\nENV DEBIAN_FRONTEND=dialog\n"
    mixed = f"FROM ubuntu:24.04\n{one}RUN x\nENV DEBIAN_FRONTEND=dialog A=1\n"
    below = f"FROM ubuntu:24.04 AS a\n{one}FROM a\n{one}"

    assert JUDGE.fixed(text) == text.replace("ENV", "ARG")
    assert JUDGE.fixed(mixed) == mixed
    assert JUDGE.fixed(below) == below


def test_a_trigger_is_left() -> None:
    text = "FROM ubuntu:24.04\nONBUILD ENV DEBIAN_FRONTEND=noninteractive\n"

    assert JUDGE.fixed(text) == text
