"""Heredocs of a script, taken out of it before the rest is parsed."""

from __future__ import annotations

import re
from functools import cache

from boxwright.syntax.shell.command import Redirect
from boxwright.syntax.shell.quoting import expansion_end, shell_word
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple


class Heredoc(NamedTuple):
    """A heredoc of a script."""

    redirect: Redirect
    body: Joined
    """Without the tabs that `<<-` takes away."""
    substitutions: tuple[Joined, ...]
    """The insides of the `$(…)` in it, where the shell looks for them."""


def without_heredocs(script: Joined) -> tuple[str, dict[int, Heredoc]]:
    """
    Return the text of *script* without heredocs, and these by where their `<<` is.

    The text keeps its length: `<____` stands for `<<EOF`, blanks for the body. With that a
    grammar that knows only redirections from files puts every heredoc at its command.
    """
    text = script.text
    if "<<" not in text:
        return text, {}
    heredocs: dict[int, Heredoc] = {}
    waiting: list[re.Match[str]] = []
    cuts: list[tuple[int, int, str]] = []
    # What is open: `"`, `}`, `` ` ``, `)`, and `)` of arithmetic as `+`.
    open_: list[str] = []
    at = 0
    search = _token().search
    while found := search(text, at):
        mark = found[0]
        at = found.end()
        within = open_[-1] if open_ else ""
        if mark == '"':
            if within == '"':
                open_.pop()
            else:
                open_.append('"')
        elif mark == "`":
            if within == "`":
                open_.pop()
            else:
                open_.append("`")
        elif mark in {"$(", "${"}:
            open_.append(")" if mark == "$(" else "}")
        elif mark == "$((":
            open_ += "++"
        elif within == '"':
            pass
        elif mark == "'":
            end = text.find("'", at)
            at = len(text) if end < 0 else end + 1
        elif mark == "((":
            open_ += "++"
        elif mark == "(":
            open_.append("+" if within == "+" else ")")
        elif mark in {")", "}"}:
            if within == mark or (within == "+" and mark == ")"):
                open_.pop()
        elif mark == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif mark == "\n":
            for operator in waiting:
                start = at
                at, heredocs[operator.start()] = _read(script, operator, start)
                cuts.append((start, at, " " * (at - start)))
            waiting.clear()
        elif mark.startswith("<<") and mark != "<<<" and within not in {"+", "}"}:
            opening = _operator().match(text, found.start())
            if opening:
                at = opening.end()
                waiting.append(opening)
                cuts.append((found.start(), at, "<" + "_" * (at - found.start() - 1)))
    for operator in waiting:
        _, heredocs[operator.start()] = _read(script, operator, len(text))
    parts: list[str] = []
    done = 0
    for start, end, filler in cuts:
        parts += (text[done:start], filler)
        done = end
    return "".join((*parts, text[done:])), heredocs


def _read(script: Joined, operator: re.Match[str], start: int) -> tuple[int, Heredoc]:
    """Return where the heredoc of *operator* ends, whose body starts at *start*; and it."""
    text = script.text
    strips = operator["operator"] == "<<-"
    delimiter = shell_word(
        operator["word"], script.span(operator.start("word"), operator.end("word"))
    )
    expands = not any(character in operator["word"] for character in "'\"\\")
    lines = []
    at = start
    end = len(text)
    while at < len(text):
        newline = text.find("\n", at)
        following = len(text) if newline < 0 else newline + 1
        if strips:
            while text.startswith("\t", at):
                at += 1
        if following - at <= len(delimiter.value) + 2 and (
            text[at:following].rstrip("\r\n") == delimiter.value
        ):
            end = following
            break
        lines.append((at, following))
        at = following
    if strips:
        body = Joined.of(
            (piece for line in lines for piece in script.slice(*line).pieces()),
            script.offset(start),
        )
    else:
        body = script.slice(start, lines[-1][1] if lines else start)
    redirect = Redirect(
        operator["operator"],
        None,
        delimiter,
        script.span(operator.start(), operator.end()),
    )
    substitutions = tuple(_substitutions(body)) if expands else ()
    return end, Heredoc(redirect, body, substitutions)


def _substitutions(body: Joined) -> list[Joined]:
    result = []
    at = 0
    while found := _substitution().search(body.text, at):
        at = found.end()
        if found[0] in {"$(", "`"}:
            end = expansion_end(body.text, found.start())
            result.append(body.slice(at, max(end - 1, at)))
            at = end
    return result


@cache
def _token() -> re.Pattern[str]:
    return re.compile(r"\\.|<<<|<<|\$\(\(|\$\(|\$\{|\(\(|[\"'`(){}\n]|(?<![^\s;&|()])#", re.DOTALL)


@cache
def _operator() -> re.Pattern[str]:
    return re.compile(
        r"(?P<operator><<-?)[ \t]*"
        r"(?P<word>(?:\\.|'[^'\n]*'|\"[^\"\n]*\"|[^\s;&|<>()'\"\\])+)"
    )


@cache
def _substitution() -> re.Pattern[str]:
    return re.compile(r"\\.|\$\(\(|\$\(|`", re.DOTALL)
