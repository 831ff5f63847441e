"""Variables in Compose files, and the .env files that give them values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from boxwright.text.record import NamedTuple

_MAXIMUM_DEPTH = 20
"""How deep defaults may lie in defaults."""


class Variable(NamedTuple):
    """A variable that a text uses."""

    name: str
    modifier: str
    """`:-`, `-`, `:?`, `?`, `:+`, `+`, or empty."""
    word: str
    """What follows the modifier: a default, a message, a replacement."""
    start: int
    end: int
    """Where it stands in the text, from the `$` on."""


class Interpolated(NamedTuple):
    """A text with the values of its variables, as far as those are known."""

    value: str | None
    """None where the value of a variable is not known."""
    text: str
    """The same with `${NAME}` in the place of what is not known."""
    variables: tuple[Variable, ...]
    """Those of the text itself, not those of their words."""
    problem: str = ""
    """Why Compose refuses the text."""


def interpolate(text: str, environment: Mapping[str, str]) -> Interpolated:
    """
    Return *text* with its variables replaced, as Compose does.

    >>> interpolate("app:${TAG:-latest}", {}).value, interpolate("$TAG$$", {}).text
    ('app:latest', '${TAG}$')
    """
    if "$" not in text:
        return Interpolated(text, text, ())
    return _interpolate(text, environment, 0)


def _interpolate(text: str, environment: Mapping[str, str], depth: int) -> Interpolated:
    parts: list[str] = []
    variables: list[Variable] = []
    is_known = True
    problem = ""
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        if text.startswith("$$", dollar):
            parts.append("$")
            at = dollar + 2
            continue
        variable = _variable(text, dollar)
        if variable is None or depth > _MAXIMUM_DEPTH:
            problem = f"`{text[dollar : dollar + 20]}` is no variable; write `$$` for a dollar sign"
            at = dollar
            break
        variables.append(variable)
        value = _value(variable, environment, depth)
        is_known = is_known and value is not None
        parts.append(f"${{{variable.name}}}" if value is None else value)
        at = variable.end
    parts.append(text[at:])
    result = "".join(parts)
    return Interpolated(
        result if is_known and not problem else None, result, tuple(variables), problem
    )


def _variable(text: str, dollar: int) -> Variable | None:
    name = _name_pattern().match(text, dollar + 1)
    if name is not None:
        return Variable(name[0], "", "", dollar, name.end())
    if not text.startswith("${", dollar):
        return None
    name = _name_pattern().match(text, dollar + 2)
    end = _closing_brace(text, dollar + 2)
    if name is None or end is None:
        return None
    rest = text[name.end() : end]
    modifier = next((it for it in (":-", ":?", ":+", "-", "?", "+") if rest.startswith(it)), "")
    if rest and not modifier:
        return None
    return Variable(name[0], modifier, rest[len(modifier) :], dollar, end + 1)


def _closing_brace(text: str, at: int) -> int | None:
    open_ = 1
    for found in _brace_pattern().finditer(text, at):
        open_ += 1 if found[0] == "${" else -1
        if open_ == 0:
            return found.start()
    return None


def _value(variable: Variable, environment: Mapping[str, str], depth: int) -> str | None:
    known = environment.get(variable.name)
    word = variable.word
    # With a colon, an empty value counts as none.
    is_set = known is not None and (known != "" or not variable.modifier.startswith(":"))
    match variable.modifier[-1:]:
        case "-":
            return known if is_set else _interpolate(word, environment, depth + 1).value
        case "+":
            return _interpolate(word, environment, depth + 1).value if is_set else ""
        case _:
            return known


def parse_dotenv(text: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    r"""
    Return what a .env file sets, as Compose reads it; *environment* is known beforehand.

    What depends on a variable that is not known is left out.

    >>> parse_dotenv("export A=1  # one\nB='$A'\nC=\"${A}0\"\n")
    {'A': '1', 'B': '$A', 'C': '10'}
    """
    result: dict[str, str] = {}
    known = dict(environment or {})
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        found = _entry_pattern().match(text, at)
        if found is None:
            at = _line_end(text, at) + 1
            continue
        name = found["name"]
        at = found.end()
        quote = text[at : at + 1]
        end = _closing_quote(text, at) if quote in {"'", '"'} else -1
        value: str | None
        if end >= 0:
            value = text[at + 1 : end]
            at = _line_end(text, end) + 1
        else:
            stop = _line_end(text, at)
            value = _comment_pattern().split(text[at:stop], maxsplit=1)[0].strip()
            at = stop + 1
            quote = ""
        if quote == '"':
            value = _escape_pattern().sub(_unescaped, value)
        if quote != "'":
            value = interpolate(value, known).value
        if value is None:
            known.pop(name, None)
            result.pop(name, None)
        else:
            known[name] = result[name] = value
    return result


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _closing_quote(text: str, at: int) -> int:
    """Return where the quote at *at* is closed, -1 where it is not."""
    quote = text[at]
    end = text.find(quote, at + 1)
    while quote == '"' and end > 0 and text[end - 1] == "\\" and not text.endswith("\\\\", at, end):
        end = text.find(quote, end + 1)
    return end


def _unescaped(found: re.Match[str]) -> str:
    # `\$` means a dollar sign that starts no variable.
    return {"n": "\n", "r": "\r", "t": "\t", "$": "$$"}.get(found[1], found[1])


@cache
def _name_pattern() -> re.Pattern[str]:
    return re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")


@cache
def _brace_pattern() -> re.Pattern[str]:
    return re.compile(r"\$\{|\}")


@cache
def _entry_pattern() -> re.Pattern[str]:
    return re.compile(
        r"[ \t\r]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*"
    )


@cache
def _comment_pattern() -> re.Pattern[str]:
    return re.compile(r"(?:^|\s)#")


@cache
def _escape_pattern() -> re.Pattern[str]:
    return re.compile(r"\\(.)", re.DOTALL)
