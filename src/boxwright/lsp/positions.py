"""Places in a text as the language server protocol counts them."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from lsprotocol import types

from boxwright.text.source import Span

Encoding = types.PositionEncodingKind | str


class Lines:
    r"""
    The lines of a text, for turning offsets in characters into positions and back.

    Unlike in `Source`, a `\r` alone ends a line too, and columns are counted in units
    of the *encoding* that editor and server have agreed on.

    >>> Lines("FROM 🐍 AS a").position(7).character
    8
    """

    def __init__(self, text: str, encoding: Encoding = types.PositionEncodingKind.Utf16) -> None:
        self.text = text
        self._encoding = types.PositionEncodingKind(encoding)

    def position(self, offset: int) -> types.Position:
        """Return the position of the character at *offset*."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        return types.Position(line, self._units(self.text[self._starts[line] : offset]))

    def range(self, span: Span) -> types.Range:
        """Return the range of *span*."""
        return types.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: types.Position) -> int:
        """Return the offset of *position*, at most the end of its line."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        is_last = position.line + 1 == len(self._starts)
        end = len(self.text) if is_last else self._starts[position.line + 1]
        line = self.text[start:end].rstrip("\r\n")
        if line.isascii() or self._encoding is types.PositionEncodingKind.Utf32:
            return start + min(position.character, len(line))
        units = 0
        for index, char in enumerate(line):
            units += self._units(char)
            if units > position.character:
                return start + index
        return start + len(line)

    def _units(self, text: str) -> int:
        if text.isascii() or self._encoding is types.PositionEncodingKind.Utf32:
            return len(text)
        if self._encoding is types.PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(char > "\uffff" for char in text)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        text = self.text
        at = 0
        while at < len(text):
            newline = text.find("\n", at)
            end = len(text) if newline < 0 else newline
            carriage = text.find("\r", at, end)
            # `\r\n` is one end of a line.
            if carriage >= 0 and not (carriage == end - 1 and newline >= 0):
                at = carriage + 1
            elif newline >= 0:
                at = newline + 1
            else:
                break
            starts.append(at)
        return starts
