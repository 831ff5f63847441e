"""Tests of the rule `apt-in-script`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("apt-in-script")


def test_apt_becomes_apt_get_where_that_does_the_same() -> None:
    text = "FROM debian\nRUN apt update && apt  install -y x && apt list\n"

    assert JUDGE.places(text) == ["apt", "apt"]
    assert JUDGE.fixed(text) == (
        "FROM debian\nRUN apt-get update && apt-get  install -y x && apt list\n"
    )


def test_a_run_is_reported_once() -> None:
    text = "FROM debian\nRUN apt update && apt install x\nRUN if a; then apt install y; fi\n"

    assert [finding.start.line for finding in JUDGE.findings(text)] == [2, 3]


@pytest.mark.parametrize("text", ["RUN apt-get update", "RUN apt-mark hold x", "RUN echo apt"])
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
