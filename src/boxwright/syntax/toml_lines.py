"""Where in a TOML text a key stands, which parsing does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, path: Sequence[str]) -> int | None:
    r"""
    Return the line of the key, or of the table's header, that *path* names in *text*.

    Lines are looked at one by one: a key in an inline table is found at its table.

    >>> line_of("[project]\nname = 'x'\n", ("project", "name"))
    2
    """
    wanted = tuple(path)
    table: tuple[str, ...] = ()
    nearest: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = here = _parts(header[1])
        elif key := _KEY.match(line):
            here = table + _parts(key[1])
        else:
            continue
        if here == wanted:
            return number
        if wanted[: len(here)] == here and (nearest is None or len(here) > nearest[0]):
            nearest = (len(here), number)
    return nearest[1] if nearest else None


def line_of_text(text: str, wanted: str, start: int = 1) -> int | None:
    """Return the first line from *start* on that holds *wanted*."""
    for number, line in enumerate(text.splitlines(), start=1):
        if number >= start and wanted in line:
            return number
    return None


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(key))
