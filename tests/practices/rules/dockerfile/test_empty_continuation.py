"""Tests of the rule `empty-continuation`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("empty-continuation")


def test_each_empty_line_is_found_and_removed() -> None:
    text = "FROM debian\nRUN a && \\\n\n  \n    b\n\nRUN c\n"

    assert len(JUDGE.messages(text)) == 2
    assert JUDGE.fixed(text) == "FROM debian\nRUN a && \\\n    b\n\nRUN c\n"


@pytest.mark.parametrize(
    "text",
    ["FROM debian\nRUN a && \\\n# why\n    b\n", "FROM debian\nRUN <<EOF\na\n\nb\nEOF\n"],
)
def test_comments_and_heredocs_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
