"""Tests of the rule `undefined-variable`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("undefined-variable")


def test_a_mistyped_name_is_found_and_mended() -> None:
    text = "FROM registry.example.com/own\nARG MODEL_DIR=/m\nCOPY a ${MODEL_DRI}/\n"

    assert JUDGE.messages(text) == ["`MODEL_DRI` is not set; did you mean `MODEL_DIR`?"]
    assert JUDGE.fixed(text) == text.replace("DRI", "DIR")


def test_an_argument_before_from_is_repeated() -> None:
    text = "ARG APP=/srv\nFROM debian\nWORKDIR $APP\n"

    assert JUDGE.fixed(text) == "ARG APP=/srv\nFROM debian\nARG APP\nWORKDIR $APP\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM scratch\nARG A\nCOPY a $A/",
        "FROM registry.example.com/own\nCOPY a $SPARK_HOME/",
        "FROM scratch\nCOPY a ${A:-/b}/",
        "FROM debian:12\nENV P=${P:+${P}:}/a",
        "FROM debian:12\nENV P=${P:+$P:}/a",
        "FROM scratch\nRUN echo $A",
        "FROM scratch\nCOPY a '$A'",
    ],
)
def test_what_may_be_set_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_on_a_base_that_is_known_nothing_else_sets_it() -> None:
    assert JUDGE.messages("FROM scratch\nCOPY a $WHATEVER/") == [
        "`WHATEVER` is not set, so nothing takes its place"
    ]
