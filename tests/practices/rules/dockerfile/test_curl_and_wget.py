"""Tests of the rule `curl-and-wget`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("curl-and-wget")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("RUN wget a && curl b", ["curl"]),
        ("RUN curl a\nRUN wget b", ["wget"]),
        ("RUN curl a\nRUN curl b", []),
        ("RUN curl a\nFROM debian\nRUN wget b", []),
        ("RUN apt-get install curl wget", []),
    ],
)
def test_the_second_program_of_a_stage_is_found(text: str, places: list[str]) -> None:
    assert JUDGE.places(f"FROM debian\n{text}\n") == places
