"""Lines of a Dockerfile as BuildKit reads them: blanks, continuations and comments."""

from __future__ import annotations

import re
from functools import cache

from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

__all__ = ["BLANKS", "Comment", "Joined", "SyntaxProblem", "blanks", "continues"]

# What Go's `unicode.IsSpace` says; Python's own set has four control characters more.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


class SyntaxProblem(NamedTuple):
    """What BuildKit would refuse."""

    message: str
    """A clause without a period."""
    span: Span
    kind: str = ""
    """Which sort of problem: `unknown-instruction`, `unterminated-heredoc`, …"""
    hint: str = ""
    """What to write instead, where that is known."""


class Comment(NamedTuple):
    """A comment; it has a line of its own."""

    text: str
    """Without `#` and the blanks around it."""
    span: Span
    """From the `#` to the last character that is no blank."""
    line: int


@cache
def blanks() -> re.Pattern[str]:
    """Return what separates the words of an instruction: fewer blanks than are trimmed."""
    return re.compile("[\t\v\f\r ]+")


def continues(line: str, escape: str) -> str | None:
    r"""
    Return *line* up to the escape character that continues it, None if nothing does.

    >>> continues("RUN a \\  ", "\\"), continues("RUN a \\\\", "\\")
    ('RUN a ', None)
    """
    trimmed = line.rstrip(" \t")
    if not trimmed.endswith(escape) or trimmed[-2:-1] == escape:
        return None
    return trimmed[:-1]
