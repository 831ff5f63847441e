"""Heredocs: the words that start them, as BuildKit's small shell finds them, and their bodies."""

from __future__ import annotations

import re
from functools import cache

from boxwright.syntax.dockerfile.lines import BLANKS, Joined
from boxwright.syntax.dockerfile.variables import (
    SubstitutionError,
    read_word,
    unquoted,
    variable_end,
)
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class HeredocWord(NamedTuple):
    """A word such as `<<EOF`."""

    name: str
    """What ends the body: without quotes."""
    descriptor: int | None
    """The number before `<<`."""
    strip_tabs: bool
    """Whether it is `<<-`."""
    expand: bool
    """Whether variables in the body count: no part of the name is quoted."""
    start: int
    """Where it is in the text of the instruction."""
    end: int


class Heredoc(NamedTuple):
    """A heredoc with its body."""

    name: str
    content: Joined
    """The body; for `<<-` without the tabs that lines start with."""
    expand: bool
    strip_tabs: bool
    descriptor: int | None
    span: Span
    """The body and the line that ends it, without that line's ending."""
    word_span: Span
    body: Joined
    """The body with its tabs."""
    terminator_span: Span
    """The name that ends it; empty, at the end, where that is missing."""
    is_terminated: bool = True


def heredoc_words(text: str) -> list[HeredocWord]:
    r"""
    Return the heredocs that the instruction *text* starts.

    The escape character is a backslash here whatever the file says; and where the words
    cannot be told apart (a lone quote, `${x[0]}`), nothing is a heredoc.

    >>> [word.name for word in heredoc_words("RUN cat <<EOF <<-'B' 3<<C <<<D $((1<<2))")]
    ['EOF', 'B', 'C']
    """
    if "<<" not in text:
        return []
    try:
        words = _words(text)
    except SubstitutionError:
        return []
    return [found for start, end in words if (found := heredoc_word(text[start:end], start))]


def heredoc_word(word: str, start: int = 0) -> HeredocWord | None:
    """Return the heredoc that *word* starts."""
    match = _heredoc().match(word)
    if match is None or not match[3]:
        return None
    raw = match[3]
    try:
        parts = read_word(raw)
        if len(_words(raw)) != 1:
            return None
    except SubstitutionError:
        return None
    name = unquoted(raw)
    if not parts or not name:
        return None
    quotes = sum(raw.count(quote) - name.count(quote) for quote in "'\"")
    return HeredocWord(
        name=name,
        # More digits than a descriptor can have are none to BuildKit either.
        descriptor=int(match[1]) if 0 < len(match[1]) < 10 else None,
        strip_tabs=match[2] == "-",
        expand=quotes == 0,
        start=start,
        end=start + len(word),
    )


def _words(text: str) -> list[tuple[int, int]]:
    """Return where the words of *text* are; raise where a quote or variable is not closed."""
    words: list[tuple[int, int]] = []
    start = -1
    at = 0
    length = len(text)
    stops = _stops()
    while at < length:
        stop = stops.search(text, at)
        following = stop.start() if stop else length
        if following > at and start < 0:
            start = at
        at = following
        if at >= length:
            break
        character = text[at]
        if character in BLANKS:
            if start >= 0:
                words.append((start, at))
                start = -1
            at += 1
            continue
        if start < 0:
            start = at
        if character == "\\":
            at += 2
        elif character == "'":
            at = text.find("'", at + 1) + 1
            if at == 0:
                raise SubstitutionError("a single quote is not closed")
        elif character == '"':
            at = _double_quoted(text, at)
        elif character == "<":
            at += 1
            if text.startswith("<", at):
                at += 1
                # The name may stand apart from the `<<`.
                while at < length and text[at] in "\t\r ":
                    at += 1
        else:
            end = variable_end(text, at)
            # Unlike those in quotes, blanks in a variable separate words.
            while at < end:
                if text[at] in BLANKS:
                    if start >= 0:
                        words.append((start, at))
                    start = -1
                elif start < 0:
                    start = at
                at += 1
    if start >= 0:
        words.append((start, min(at, length)))
    return words


def _double_quoted(text: str, at: int) -> int:
    at += 1
    quoted_stops = _quoted_stops()
    while True:
        stop = quoted_stops.search(text, at)
        if stop is None:
            raise SubstitutionError("a double quote is not closed")
        at = stop.start()
        if text[at] == '"':
            return at + 1
        at = at + 2 if text[at] == "\\" else variable_end(text, at)


@cache
def _heredoc() -> re.Pattern[str]:
    return re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")


@cache
def _stops() -> re.Pattern[str]:
    return re.compile(f"[{BLANKS}'\"$<\\\\]")


@cache
def _quoted_stops() -> re.Pattern[str]:
    return re.compile('["$\\\\]')
