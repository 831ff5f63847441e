from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from boxwright.lsp.positions import Lines

TEXT = "FROM a\r\nENV 模=🐍é b\n\rRUN c"
ENCODINGS = ["utf-8", "utf-16", "utf-32"]


@pytest.mark.parametrize(
    ("encoding", "character"),
    [("utf-8", 4 + 3 + 1 + 4 + 2 + 1), ("utf-16", 4 + 1 + 1 + 2 + 1 + 1), ("utf-32", 9)],
)
def test_columns_are_counted_in_the_units_agreed_on(encoding: str, character: int) -> None:
    lines = Lines(TEXT, encoding)

    assert lines.position(TEXT.index("b")) == types.Position(1, character)


def test_every_kind_of_line_end_ends_a_line() -> None:
    assert Lines(TEXT).position(len(TEXT)) == types.Position(3, 5)


@pytest.mark.parametrize(
    ("line", "character", "rest"),
    [
        (0, 99, "\r\nENV"),
        (1, 6, "🐍é b"),
        (1, 7, "🐍é b"),  # in the middle of a pair: before it
        (1, 8, "é b"),
        (2, 3, "\rRUN c"),
        (99, 0, ""),
    ],
)
def test_a_position_outside_is_brought_inside(line: int, character: int, rest: str) -> None:
    offset = Lines(TEXT).offset(types.Position(line, character))

    assert TEXT[offset:].startswith(rest)


@given(text=st.text("a\r\n模🐍\u2028\x0b"), encoding=st.sampled_from(ENCODINGS))
def test_a_position_leads_back_to_its_offset(text: str, encoding: str) -> None:
    lines = Lines(text, encoding)
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    for offset in range(len(text) + 1):
        position = lines.position(offset)
        start = starts[position.line]
        in_line = re.split(r"[\r\n]", text[start:])[0]
        assert lines.offset(position) == min(offset, start + len(in_line))
