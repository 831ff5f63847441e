"""Text put together from pieces of a source, which still knows where each character stood."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class Joined:
    r"""
    A text made of pieces of a source, with the offsets that they come from.

    >>> joined = Joined.of([("RUN a ", 0), ("&& b", 10)])  # "RUN a \\\n  && b"
    >>> joined.text, joined.offset(6), joined.span(4, 10)
    ('RUN a && b', 10, Span(start=4, end=14))
    """

    __slots__ = ("_offsets", "_starts", "text")

    def __init__(self, text: str, starts: Sequence[int], offsets: Sequence[int]) -> None:
        self.text = text
        self._starts = starts
        self._offsets = offsets

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, int]], at: int = 0) -> Joined:
        """Return *pieces*, each with its offset in the source; *at* is where an empty text is."""
        texts = []
        starts = []
        offsets = []
        length = 0
        for text, offset in pieces:
            if text:
                texts.append(text)
                starts.append(length)
                offsets.append(offset)
                length += len(text)
        return cls("".join(texts), starts or (0,), offsets or (at,))

    def __len__(self) -> int:
        return len(self.text)

    def __repr__(self) -> str:
        return f"Joined({self.text!r})"

    def offset(self, index: int) -> int:
        """Return where in the source the character *index* is."""
        piece = max(bisect_right(self._starts, index) - 1, 0)
        return self._offsets[piece] + index - self._starts[piece]

    def span(self, start: int, end: int) -> Span:
        """Return where in the source the text from *start* up to *end* is; what is between too."""
        first = self.offset(start)
        if end <= start:
            return Span(first, first)
        # The end belongs to the last character, not to the piece that may begin behind it.
        return Span(first, self.offset(end - 1) + 1)

    def slice(self, start: int, end: int) -> Joined:
        """Return the text from *start* up to *end*."""
        starts = self._starts
        first = max(bisect_right(starts, start) - 1, 0)
        last = max(bisect_left(starts, end), first + 1)
        return Joined(
            self.text[start:end],
            [0, *(at - start for at in starts[first + 1 : last])],
            [self._offsets[first] + start - starts[first], *self._offsets[first + 1 : last]],
        )

    def pieces(self) -> Iterable[tuple[str, int]]:
        """Return the pieces with their offsets in the source."""
        ends = [*self._starts[1:], len(self.text)]
        for start, end, offset in zip(self._starts, ends, self._offsets, strict=True):
            yield self.text[start:end], offset


class Word(NamedTuple):
    """A word of an instruction or command."""

    raw: str
    """What expansion works on: quotes, escapes and variables as written, continuations gone."""
    value: str
    """Without quotes and escapes; variables as written."""
    span: Span
    at: int = -1
    """Where *raw* starts in the text of the instruction; -1 where it is not all of it."""
