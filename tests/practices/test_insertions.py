"""Tests of putting lines behind an instruction."""

from __future__ import annotations

import pytest

from boxwright.practices.insertions import keyword, lines_behind
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.edit import apply_edits
from boxwright.text.source import Source


def with_lines(text: str) -> str | None:
    instruction = parse_dockerfile(Source("Dockerfile", text)).instructions[-1]
    edits = lines_behind(instruction, "USER 1")
    return None if edits is None else apply_edits(text, edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a", "FROM a\nUSER 1"),
        ("FROM a\r\n# end\r\n", "FROM a\r\nUSER 1\r\n# end\r\n"),
        ("FROM a\nRUN <<E\nb \\\nE\n", "FROM a\nRUN <<E\nb \\\nE\nUSER 1\n"),
        pytest.param("FROM a\nRUN b \\", "FROM a\nRUN b\nUSER 1", id="it would go on"),
        pytest.param("FROM a\nRUN b \\\n\n", "FROM a\nRUN b\nUSER 1\n\n", id="and a line end"),
        pytest.param(
            "FROM a\nRUN b \\\n  # c\n\\\n", "FROM a\nRUN b\n  # c\n\nUSER 1\n", id="twice"
        ),
        pytest.param(
            "# escape=`\nFROM a\nRUN b ` \n  ",
            "# escape=`\nFROM a\nRUN b \nUSER 1\n  ",
            id="escape",
        ),
    ],
)
def test_lines_come_behind(before: str, after: str) -> None:
    assert with_lines(before) == after


@pytest.mark.parametrize("text", ["FROM a\nRUN <<E\nb\n", "FROM a\nENV A=b \\ \\\n"])
def test_what_does_not_end_takes_none(text: str) -> None:
    assert with_lines(text) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [("from a\nrun b\nENV C=1", "user"), ("FROM a\nrun b", "USER"), ("", "USER")],
)
def test_keywords_are_written_as_most_are(text: str, written: str) -> None:
    assert keyword("USER", parse_dockerfile(Source("Dockerfile", text))) == written
