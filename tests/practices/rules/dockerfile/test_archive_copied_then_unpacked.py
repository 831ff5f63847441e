"""Tests of the rule `archive-copied-then-unpacked`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("archive-copied-then-unpacked")


@pytest.mark.parametrize(
    "run", ["tar -xzf /tmp/a.tar.gz", "cd /tmp && tar xf a.tar.gz -C /srv", "gunzip /tmp/a.tar.gz"]
)
def test_an_archive_that_is_unpacked_later_is_found(run: str) -> None:
    assert JUDGE.places(f"FROM debian\nCOPY a.tar.gz /tmp/\nRUN {run}") == ["a.tar.gz"]


@pytest.mark.parametrize(
    "text",
    [
        "COPY a.tar.gz /tmp/",
        "COPY a.zip /tmp/\nRUN unzip /tmp/a.zip",
        "COPY --from=b a.tar.gz /tmp/\nRUN tar xf /tmp/a.tar.gz",
        "ADD a.tar.gz /srv/",
        "COPY a.tar.gz /tmp/\nRUN tar xf /tmp/b.tar.gz",
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(f"FROM debian AS b\nFROM debian\n{text}") == []
