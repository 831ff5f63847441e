"""Words of instructions: flags, arguments by blanks, quoted arguments, JSON arrays."""

from __future__ import annotations

import re
from functools import cache

from boxwright.syntax.dockerfile.lines import BLANKS, Joined, blanks
from boxwright.syntax.dockerfile.variables import unquoted
from boxwright.text.joined import Word
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

__all__ = ["Flag", "JsonArray", "Word", "blank_words", "json_array", "quoted_words", "read_flags"]


class Flag(NamedTuple):
    """A word with `--` before the arguments; quotes and escapes are gone from it."""

    name: str
    """`mount`"""
    value: str
    span: Span
    """All of `--mount=…`."""
    value_span: Span
    """What is behind the `=`; empty, at the end, where there is none."""
    has_value: bool = True
    """Whether there is a `=`."""


def read_flags(joined: Joined, at: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    """Return the flags of *joined* from *at* on, and where its arguments start."""
    text = joined.text
    flags: list[Flag] = []
    length = len(text)
    while True:
        while at < length and text[at] in BLANKS:
            at += 1
        if not text.startswith("--", at):
            return tuple(flags), at
        start = at
        equals = -1
        characters: list[str] = []
        quote = ""
        while at < length:
            character = text[at]
            if quote and character == quote:
                quote = ""
            elif not quote and character in BLANKS:
                break
            elif not quote and character in "'\"":
                quote = character
            else:
                if character == escape:
                    at += 1
                    if at >= length:
                        break
                    character = text[at]
                if character == "=" and equals < 0:
                    equals = at
                characters.append(character)
            at += 1
        word = "".join(characters)
        if word == "--":
            return tuple(flags), at
        name, _, value = word.partition("=")
        flags.append(
            Flag(
                name=name[2:],
                value=value,
                span=joined.span(start, at),
                value_span=joined.span(equals + 1 if equals >= 0 else at, at),
                has_value=equals >= 0,
            )
        )


def word_of(joined: Joined, start: int, end: int, escape: str) -> Word:
    """Return the word from *start* up to *end*."""
    raw = joined.text[start:end]
    return Word(raw, unquoted(raw, escape), joined.span(start, end), start)


def blank_words(joined: Joined, start: int, escape: str) -> tuple[Word, ...]:
    """Return the words from *start* on that blanks separate, quotes or not."""
    text = joined.text
    words = []
    at = start
    for gap in blanks().finditer(text, start):
        if gap.start() > at:
            words.append(word_of(joined, at, gap.start(), escape))
        at = gap.end()
    if at < len(text):
        words.append(word_of(joined, at, len(text), escape))
    return tuple(words)


def quoted_words(text: str, start: int, escape: str) -> list[tuple[int, int]]:
    """Return where the words of ENV, LABEL and ARG are from *start* on; quotes hold blanks."""
    words: list[tuple[int, int]] = []
    at = start
    length = len(text)
    # An escape character at the very end is none.
    if text.endswith(escape):
        run = length - len(text.rstrip(escape))
        length -= run % 2
    stops = _stops(escape)
    while True:
        while at < length and text[at] in BLANKS:
            at += 1
        if at >= length:
            return words
        begin = at
        quote = ""
        while at < length:
            stop = stops.search(text, at, length)
            if stop is None:
                at = length
                break
            at = stop.start()
            character = text[at]
            if character == escape and quote != "'":
                at += 2
            elif quote:
                if character == quote:
                    quote = ""
                at += 1
            elif character in "'\"":
                quote = character
                at += 1
            elif character in BLANKS:
                break
            else:
                at += 1
        at = min(at, length)
        words.append((begin, at))


@cache
def _stops(escape: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(escape)}'\"{BLANKS}]")


class JsonArray(NamedTuple):
    """What was made of arguments that start with a bracket."""

    words: tuple[Word, ...] | None
    """None where it is no JSON array of strings, and so taken as shell or words."""
    problem: str = ""
    """Why not."""
    is_refused: bool = False
    """Whether BuildKit refuses it: JSON it is, but not of strings."""
    at: int = 0
    """Where the problem is."""


def json_array(joined: Joined, start: int) -> JsonArray | None:
    """Return what the text from *start* on is as a JSON array, None without a bracket."""
    text = joined.text
    if not text.startswith("[", start):
        return None
    skip = _json_blanks().match
    string = _json_string().match
    words: list[Word] = []

    def after_blanks(at: int) -> int:
        found = skip(text, at)
        return found.end() if found else at

    at = after_blanks(start + 1)
    is_first = True
    while True:
        if is_first and text.startswith("]", at):
            break
        is_first = False
        found = string(text, at)
        if found is None:
            return _no_strings(text, start, at)
        raw = text[at : found.end()]
        value = raw[1:-1]
        if "\\" in value:
            value = _decoded(raw)
        words.append(Word(raw, value, joined.span(at, found.end()), at))
        at = after_blanks(found.end())
        if text.startswith("]", at):
            break
        if not text.startswith(",", at):
            return JsonArray(None, "a comma or `]` is missing", at=at)
        at = after_blanks(at + 1)
    if text[at + 1 :].strip("\t\n\r "):
        return JsonArray(None, "something follows the `]`", at=after_blanks(at + 1))
    return JsonArray(tuple(words))


def _no_strings(text: str, start: int, at: int) -> JsonArray:
    """Return what is wrong with the element at *at*."""
    if text.startswith("'", at):
        return JsonArray(None, "JSON has no single quotes", at=at)
    if text.startswith(('"', "]"), at) or at >= len(text):
        return JsonArray(None, "a string is not closed, or has a character that needs `\\`", at=at)
    import json

    def refuse(name: str) -> object:
        raise ValueError(name)

    try:
        json.loads(text[start:], parse_constant=refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return JsonArray(None, "it is no JSON", at=at)
    message = "when using JSON array syntax, arrays must be comprised of strings only"
    return JsonArray(None, message, is_refused=True, at=at)


def _decoded(raw: str) -> str:
    import json

    value = str(json.loads(raw))
    # Half a surrogate pair would make text that nobody can write out.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@cache
def _json_blanks() -> re.Pattern[str]:
    return re.compile("[\t\n\r ]*")


@cache
def _json_string() -> re.Pattern[str]:
    return re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
