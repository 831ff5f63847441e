"""Tests of the rule `single-stage-build`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("single-stage-build")


def test_message_and_place() -> None:
    text = "FROM debian:12\nRUN apt-get install -y gcc && make\n"

    assert JUDGE.messages(text) == [
        "`gcc` is for building, and in the image that ships: there is no second stage"
    ]
    assert JUDGE.places(text) == ["debian:12"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FROM debian\nRUN apk add gcc\r\nRUN pip install -r requirements.txt", 1),
        ("FROM debian\nRUN apt-get install -y gcc\nCMD x", 0),
        ("FROM debian\nRUN make", 0),
        ("FROM debian AS a\nRUN apk add gcc && make\nFROM debian\nCOPY --from=a /a /a", 0),
        ("FROM jupyter/base-notebook\nRUN apt-get install -y gcc && make", 0),
        ("RUN apk add gcc && make", 0),
    ],
)
def test_one_stage_that_compiles(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
