"""Changing a text at places."""

from __future__ import annotations

from collections.abc import Iterable

from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class Edit(NamedTuple):
    """Replace what stands from *start* up to *end* by *text*."""

    start: int
    end: int
    text: str

    @classmethod
    def insert(cls, at: int, text: str) -> Edit:
        """Return the edit that puts *text* before the offset *at*."""
        return cls(at, at, text)

    @classmethod
    def replace(cls, span: Span, text: str) -> Edit:
        """Return the edit that puts *text* in the place of *span*."""
        return cls(span.start, span.end, text)

    @classmethod
    def delete(cls, span: Span) -> Edit:
        """Return the edit that takes *span* away."""
        return cls(span.start, span.end, "")


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """
    Return *text* with *edits* made; one that overlaps an earlier one is left out.

    Insertions at one place are made in the order in which they come.

    >>> apply_edits("pip install torch", [Edit.insert(11, " --no-cache-dir")])
    'pip install --no-cache-dir torch'
    """
    parts = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            continue
        parts.append(text[done : edit.start])
        parts.append(edit.text)
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)
