"""Tests of the rule `build-tools-at-runtime`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("build-tools-at-runtime")
BUILD = "FROM python:3.12 AS a\nRUN make\nFROM python:3.12-slim\nCOPY --from=a /a /a\n"


def test_the_packages_of_a_command_are_named_together() -> None:
    text = f"{BUILD}RUN apt-get update && \\\n  apt-get install -y curl gcc libpq-dev\n"

    assert JUDGE.messages(text) == [
        "`gcc`, `libpq-dev` are for building, and in the image that ships"
    ]
    assert JUDGE.places(text) == ["gcc"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{BUILD}RUN apk add build-base", 1),
        ("FROM debian\nRUN apt-get install -y gcc\nCMD x", 1),
        ("FROM debian\nRUN apt-get install -y gcc\nRUN make", 0),
        ("FROM debian\nRUN apt-get install -y gcc\nRUN pip install -r requirements.txt", 0),
        (f"{BUILD}RUN apt-get install -y git curl libgomp1", 0),
        (f"{BUILD}RUN apt-get install -y gcc && make && apt-get purge -y gcc", 0),
        (f"{BUILD}RUN apt-get install -y gcc && pip install vllm", 0),
        ("FROM debian AS a\nRUN apt-get install -y gcc\nFROM debian\nCOPY --from=a /a /a", 0),
        ("RUN apt-get install -y gcc", 0),
        (f"{BUILD.replace('python:3.12-slim', 'python:3.12-slim AS dev')}RUN apk add gcc", 0),
    ],
)
def test_what_ships(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
