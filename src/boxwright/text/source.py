"""A text with a name, and places in it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from boxwright.text.record import NamedTuple


class Span(NamedTuple):
    """From *start* up to *end*, as offsets in characters; empty where they are equal."""

    start: int
    end: int


class Position(NamedTuple):
    """A line and a column, both counted from 1, the column in characters."""

    line: int
    column: int


class Source:
    r"""
    A text with the name that messages call it by.

    Lines end at `\n` only; a `\r` before it belongs to the line's end, not to its text.

    >>> source = Source("Dockerfile", "FROM scratch\nCOPY . /\n")
    >>> source.position(18)
    Position(line=2, column=6)
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset at which each line starts."""
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return tuple(starts)

    def position(self, offset: int) -> Position:
        """Return the line and column of *offset*."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def offset(self, line: int, column: int = 1) -> int:
        """Return the offset of *line* and *column*, at most the end of that line."""
        span = self.line_span(line)
        return min(span.start + max(column, 1) - 1, span.end)

    def line_span(self, line: int) -> Span:
        """Return where *line* is, without its ending."""
        starts = self.starts
        if line > len(starts):
            return Span(len(self.text), len(self.text))
        start = starts[max(line, 1) - 1]
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        if end > start and self.text[end - 1] == "\r":
            end -= 1
        return Span(start, end)

    def line(self, line: int) -> str:
        """Return the text of *line*, without its ending."""
        span = self.line_span(line)
        return self.text[span.start : span.end]

    @cached_property
    def newline(self) -> str:
        r"""What ends the first line: `\n`, or `\r\n`."""
        at = self.text.find("\n")
        return "\r\n" if at > 0 and self.text[at - 1] == "\r" else "\n"
