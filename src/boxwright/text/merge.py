"""Three versions of a text → one: what was changed on either side since the common base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from boxwright.text.record import NamedTuple


class Conflict(NamedTuple):
    """Lines that both sides changed, each in its own way."""

    line: int
    """Where *mine* begins in the merged text, from 1."""
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


class Merged(NamedTuple):
    """The merged text, in which *mine* stands where there is a conflict."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge(base: str, mine: str, theirs: str) -> Merged:
    r"""
    Return *mine* with the changes that lead from *base* to *theirs*, line by line.

    Where both changed the same lines differently, *mine* is kept and the conflict told.

    >>> merge("a\nb\nc\n", "a\nb\nc\nmy own\n", "a\nB\nc\n").text
    'a\nB\nc\nmy own\n'
    """
    if mine == base:
        return Merged(theirs, ())
    if theirs in (base, mine):
        return Merged(mine, ())
    sides = (base.splitlines(True), mine.splitlines(True), theirs.splitlines(True))
    lines: list[str] = []
    conflicts = []
    for chunk in _chunks(*sides):
        first, second, third = chunk
        if second == first:
            lines += third
        elif third in (first, second):
            lines += second
        else:
            start, end = _common(second, third)
            conflicts.append(
                Conflict(
                    len(lines) + start + 1,
                    tuple(second[start : len(second) - end]),
                    tuple(third[start : len(third) - end]),
                )
            )
            lines += second
    return Merged("".join(lines), tuple(conflicts))


def _chunks(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """Yield runs of lines that all three share, and what stands between these runs."""
    in_mine = _places(base, mine)
    in_theirs = _places(base, theirs)
    at = second = third = 0
    for line, (there, other) in enumerate(zip(in_mine, in_theirs, strict=True)):
        if there is None or other is None:
            continue
        if (at, second, third) != (line, there, other):
            yield base[at:line], mine[second:there], theirs[third:other]
        yield base[line : line + 1], mine[there : there + 1], theirs[other : other + 1]
        at, second, third = line + 1, there + 1, other + 1
    yield base[at:], mine[second:], theirs[third:]


def _places(base: Sequence[str], other: Sequence[str]) -> list[int | None]:
    """Return for each line of *base* where it is kept in *other*."""
    places: list[int | None] = [None] * len(base)
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            places[block.a + offset] = block.b + offset
    return places


def _common(first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """Return how many lines at the start and at the end are the same in both."""
    shorter = min(len(first), len(second))
    start = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if first[-1 - at] != second[-1 - at]), rest)
    return start, end
