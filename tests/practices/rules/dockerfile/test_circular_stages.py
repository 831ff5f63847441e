"""Tests of the rule `circular-stages`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("circular-stages")


def test_the_reference_that_goes_down_is_the_place() -> None:
    text = (
        "FROM a AS one\nCOPY --from=three /x /x\nFROM one AS two\n"
        "FROM b AS three\nRUN --mount=from=two,target=/m true\nFROM three\n"
    )

    assert JUDGE.messages(text) == [
        "the stage `one` needs the stage `three`, which needs the stage `one` in turn"
    ]
    assert JUDGE.places(text) == ["three"]


def test_a_stage_that_mounts_itself_is_a_circle() -> None:
    assert JUDGE.messages("FROM a AS b\nRUN --mount=from=b,target=/m true") == [
        "the stage `b` mounts from itself"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS one\nCOPY --from=two /x /x\nFROM b AS two\nFROM one",
        "FROM a AS one\nFROM b\nCOPY --from=one /x /x",
        "FROM a AS one\nCOPY --from=one /x /x",
        "RUN x",
    ],
)
def test_without_a_circle_there_is_nothing(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_many_stages_take_no_longer_than_they_must() -> None:
    lines = [f"FROM a AS s{n}\nCOPY --from=s{n + 1} /x /x" for n in range(2000)]

    assert JUDGE.messages("\n".join([*lines, "FROM a AS s2000"])) == []
