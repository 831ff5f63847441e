"""Tests of the rule `stage-by-number`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("stage-by-number")


def test_the_stage_is_named_and_called_by_that() -> None:
    text = (
        "FROM debian:12\r\nFROM build\r\nCOPY --from=0 /a /b\r\n"
        "RUN --mount=from=0,target=/m cp /m/a /c\r\nCOPY --from=0 /d /e\r\n"
    )

    assert JUDGE.messages(text)[0] == (
        "`0` is the stage of line 1 only as long as no other comes before it"
    )
    assert JUDGE.fixed(text, unsafe=False) == (
        "FROM debian:12 AS build-0\r\nFROM build\r\nCOPY --from=build-0 /a /b\r\n"
        "RUN --mount=from=build-0,target=/m cp /m/a /c\r\nCOPY --from=build-0 /d /e\r\n"
    )


def test_a_name_that_is_there_is_taken() -> None:
    text = "from a\nfrom b as wheels\nfrom c\ncopy --from=1 /a /b\ncopy --from=0 /a /b\n"

    assert JUDGE.fixed(text) == (
        "from a as build\nfrom b as wheels\nfrom c\n"
        "copy --from=wheels /a /b\ncopy --from=build /a /b\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS b\nFROM c\nCOPY --from=b /d /e",
        "FROM a\nCOPY --from=0 /d /e",
        "FROM a\nCOPY --from=7 /d /e",
        "COPY --from=0 /a /b",
        "FROM a AS b\nFROM c\nCOPY 0 /e",
    ],
)
def test_names_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
