"""Quotes, escapes and expansions inside of one shell word."""

from __future__ import annotations

import re
from functools import cache

from boxwright.syntax.shell.command import ShellWord
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class Unquoted(NamedTuple):
    """A word without its quotes."""

    parts: tuple[tuple[str, int], ...]
    """What is left, each part with where it starts in the word."""
    is_static: bool
    variables: tuple[str, ...]
    has_substitution: bool
    """Whether a `$(…)`, a backtick or `<(…)` is in force."""


def shell_word(raw: str, span: Span) -> ShellWord:
    """Return the word that is written *raw*."""
    if not _stop().search(raw):
        return ShellWord(raw, raw, span)
    if raw[0] == "'" and raw.find("'", 1) == len(raw) - 1 > 0:
        return ShellWord(raw, raw[1:-1], span)
    if raw[0] == '"' and raw[-1] == '"' and not _double_stop().search(raw, 1, len(raw) - 1):
        return ShellWord(raw, raw[1:-1], span)
    parts, is_static, variables, _ = unquote(raw)
    return ShellWord(raw, "".join(text for text, _ in parts), span, is_static, variables)


def unquoted_text(word: Joined) -> tuple[Joined, bool]:
    """Return *word* without quotes, and whether the shell substitutes commands in it."""
    parts, _, _, has_substitution = unquote(word.text)
    pieces: list[tuple[str, int]] = []
    for text, start in parts:
        # A part that an escape such as `\n` stands for has no text of its own in the source.
        if word.text.startswith(text, start):
            pieces += word.slice(start, start + len(text)).pieces()
        else:
            pieces.append((text, word.offset(start)))
    return Joined.of(pieces, word.offset(0)), has_substitution


def unquote(raw: str) -> Unquoted:
    """Take the quotes and escapes off *raw*."""
    parts: list[tuple[str, int]] = []
    variables: list[str] = []
    is_static = True
    has_substitution = False
    at = 0
    length = len(raw)
    in_double = False
    while at < length:
        stop = (_double_stop() if in_double else _stop()).search(raw, at)
        if stop is None:
            parts.append((raw[at:], at))
            break
        here = stop.start()
        if here > at:
            parts.append((raw[at:here], at))
        at = here
        character = raw[at]
        following = raw[at + 1 : at + 2]
        if character == '"':
            in_double = not in_double
            at += 1
        elif character == "'":
            end = raw.find("'", at + 1)
            end = length if end < 0 else end
            parts.append((raw[at + 1 : end], at + 1))
            at = end + 1
        elif character == "\\":
            if in_double and following not in {'"', "\\", "$", "`", "\n"}:
                parts.append((raw[at : at + 2], at))
            elif following != "\n":
                parts.append((following, at + 1))
            at += 2
        elif character == "$" and following == "'" and not in_double:
            at = _ansi(raw, at + 2, parts)
        elif character == "$" and following == '"' and not in_double:
            at += 1  # a translated string; what translates is not known here
        elif character in "<>" and following != "(":
            parts.append((character, at))
            at += 1
        else:
            end = expansion_end(raw, at)
            if end > at + 1:
                is_static = False
                has_substitution |= character != "$" or (
                    following == "(" and not raw.startswith("$((", at)
                )
                variables += _variables(raw[at:end])
            parts.append((raw[at:end], at))
            at = end
    return Unquoted(tuple(parts), is_static, tuple(dict.fromkeys(variables)), has_substitution)


def expansion_end(text: str, at: int) -> int:
    """
    Return where the expansion ends that starts with the `$`, backtick or `<(` at *at*.

    `at + 1` where none does; the end of *text* where it is not closed.
    """
    if text[at] == "`":
        return _backtick_end(text, at)
    if text[at] == "$":
        simple = _simple().match(text, at + 1)
        if simple:
            return simple.end()
    if text[at + 1 : at + 2] not in {"(", "{"}:
        return at + 1
    # What is open, innermost last: `)`, `}` or `"`.
    open_ = [")" if text[at + 1] == "(" else "}"]
    at += 2
    step = _nesting().search
    while open_:
        found = step(text, at)
        if found is None:
            return len(text)
        mark = found[0]
        at = found.end()
        closing = open_[-1]
        if mark == closing:
            open_.pop()
        elif mark == '"':
            open_.append('"')
        elif mark in {"$(", "${"}:
            open_.append(")" if mark == "$(" else "}")
        elif mark == "(" and closing == ")":
            open_.append(")")
        elif mark == "`":
            at = _backtick_end(text, at - 1)
        elif mark == "'" and closing != '"':
            end = text.find("'", at)
            at = len(text) if end < 0 else end + 1
    return at


def _backtick_end(text: str, at: int) -> int:
    at += 1
    while True:
        end = text.find("`", at)
        if end < 0:
            return len(text)
        before = text[at:end]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return end + 1
        at = end + 1


def _variables(expansion: str) -> list[str]:
    if expansion.startswith(("$(", "`", "<", ">")):
        return []
    if not expansion.startswith("${"):
        return [expansion[1:]] if expansion[1:2].isalpha() or expansion[1:2] == "_" else []
    # The word behind `:-` may name more.
    return _names().findall(expansion)


_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}


def _ansi(raw: str, at: int, parts: list[tuple[str, int]]) -> int:
    """Add what `$'…'` stands for, whose inside starts at *at*; return where it ends."""
    for mark in _ansi_token().finditer(raw, at):
        text = mark[0]
        if text == "'":
            return mark.end()
        if text[0] != "\\" or len(text) == 1:
            parts.append((text, mark.start()))
        elif digits := mark["hex"] or mark["unicode"]:
            parts.append((_character(int(digits, 16)), mark.start()))
        elif mark["octal"]:
            parts.append((chr(int(mark["octal"], 8) & 0xFF), mark.start()))
        elif text[1] in _ESCAPES:
            parts.append((_ESCAPES[text[1]], mark.start()))
        elif text[1] in "\\'\"?":
            parts.append((text[1], mark.start() + 1))
        else:
            parts.append((text, mark.start()))
    return len(raw)


def _character(number: int) -> str:
    return chr(number) if number < 0xD800 or 0xDFFF < number <= 0x10FFFF else "\ufffd"


@cache
def _stop() -> re.Pattern[str]:
    return re.compile(r"[\\\"'$`<>]")


@cache
def _double_stop() -> re.Pattern[str]:
    return re.compile(r"[\\\"$`]")


@cache
def _simple() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")


@cache
def _nesting() -> re.Pattern[str]:
    # An escaped character is a mark too, so that it is passed over.
    return re.compile(r"\\.|\$\(|\$\{|[\"'`(){}]", re.DOTALL)


@cache
def _names() -> re.Pattern[str]:
    return re.compile(r"\$\{?[#!]?([A-Za-z_][A-Za-z0-9_]*)")


@cache
def _ansi_token() -> re.Pattern[str]:
    return re.compile(
        r"'|\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<unicode>[0-9A-Fa-f]{1,4})|(?P<octal>[0-7]{1,3})|.)"
        r"|[^\\']+|\\",
        re.DOTALL,
    )
