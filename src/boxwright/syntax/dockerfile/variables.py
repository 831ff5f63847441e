r"""
Variables in words: `$x`, `${x}` and its modifiers, as BuildKit's own small shell has them.

    ${x:-w}  w where x is unset or empty       ${x-w}  w where x is unset
    ${x:+w}  w unless x is unset or empty      ${x+w}  w unless x is unset
    ${x:?w}  refused where unset or empty      ${x?w}  refused where x is unset
    ${x#p}   without the shortest prefix p     ${x##p} the longest
    ${x%p}   without the shortest suffix p     ${x%%p} the longest
    ${x/p/w} w for the first p                 ${x//p/w} for every p

Words may nest. In patterns `*` and `?` stand for others, `\*`, `\?` and `\\` for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from boxwright.text.record import NamedTuple

# Deeper words are refused, so that nobody's file ends the recursion.
_DEPTH = 40
# A pattern and a value whose lengths multiply to more are not tried: the result is not known.
_WORK = 200_000
# Nor is a longer value kept.
_LONGEST = 8_192


class VariableUse(NamedTuple):
    """A variable that a word names, nested ones included."""

    name: str
    start: int
    """Where its `$` is in the word as written."""
    end: int
    modifier: str
    """`:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/`, `//`, or none."""
    word: str
    """What comes behind the modifier, as written."""
    parts: tuple[Parts, ...] = ()
    """The same, read: one for most modifiers, pattern and replacement for `/` and `//`."""


Parts: TypeAlias = tuple[str | VariableUse, ...]


class Expanded(NamedTuple):
    """What became of a word."""

    value: str | None
    """None where it has a problem, or depends on a variable whose value is not known."""
    names: tuple[VariableUse, ...]
    """The variables in it, in order, whether or not their values were used."""
    problem: str
    """What BuildKit would say, or nothing."""


def expand(raw: str, lookup: Mapping[str, str | None], escape: str = "\\") -> Expanded:
    r"""
    Return *raw* with its variables replaced and its quotes removed.

    A name that *lookup* lacks is unset; one that it maps to None has a value not known here.

    >>> expand("'$a' is ${a:-${b}}!", {"b": "c"}).value
    '$a is c!'
    >>> expand("${version%%.*}", {"version": "12.4.1"}).value
    '12'
    >>> expand("${a^}", {}).problem
    'unsupported modifier (^) in substitution'
    """
    if not any(character in raw for character in ("$", "'", '"', escape)):
        return Expanded(raw, (), "")
    try:
        parts = read_word(raw, escape)
    except SubstitutionError as error:
        return Expanded(None, (), str(error))
    names = tuple(uses(parts))
    try:
        return Expanded(_evaluate(parts, lookup), names, "")
    except SubstitutionError as error:
        return Expanded(None, names, str(error))


def variables(raw: str, escape: str = "\\") -> tuple[VariableUse, ...]:
    """Return the variables that *raw* names, none where it is malformed."""
    if "$" not in raw:
        return ()
    try:
        return tuple(uses(read_word(raw, escape)))
    except SubstitutionError:
        return ()


def unquoted(raw: str, escape: str = "\\") -> str:
    r"""
    Return *raw* without quotes and escapes, its variables as written; malformed, as it is.

    >>> unquoted(r'"$a b"\ c')
    '$a b c'
    """
    if "'" not in raw and '"' not in raw and escape not in raw:
        return raw
    try:
        parts = read_word(raw, escape)
    except SubstitutionError:
        return raw
    return "".join(part if isinstance(part, str) else raw[part.start : part.end] for part in parts)


class SubstitutionError(Exception):
    """A word is malformed, or may not be expanded."""


def read_word(raw: str, escape: str = "\\") -> Parts:
    """Return the parts of *raw*: literal text, and variables; raise where it is malformed."""
    return _Reader(raw, escape).read("", raw_escapes=False)


def uses(parts: Parts) -> list[VariableUse]:
    """Return the variables in *parts*, each before those in its own words."""
    found: list[VariableUse] = []
    for part in parts:
        if not isinstance(part, str):
            found.append(part)
            for inner in part.parts:
                found.extend(uses(inner))
    return found


def variable_end(text: str, at: int, escape: str = "\\") -> int:
    """Return where the variable ends whose `$` is at *at*; raise where it is malformed."""
    reader = _Reader(text, escape)
    reader.at = at
    reader.variable()
    return reader.at


class _Reader:
    """Reads a word; *at* moves on."""

    def __init__(self, text: str, escape: str) -> None:
        self.text = text
        self.escape = escape
        self.at = 0
        self._depth = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        character = self.text[self.at : self.at + 1]
        self.at += 1 if character else 0
        return character

    def read(self, stop: str, *, raw_escapes: bool) -> Parts:
        """Read up to *stop*, which is passed; to the end where it is empty."""
        parts: list[str | VariableUse] = []
        text = self.text
        while self.at < len(text):
            character = text[self.at]
            if character == stop:
                self.at += 1
                return tuple(parts)
            if character == "'":
                parts.append(self._single_quoted())
            elif character == '"':
                parts.extend(self._double_quoted(raw_escapes=raw_escapes))
            elif character == "$":
                parts.append(self.variable())
            elif character == self.escape:
                self.at += 1
                if raw_escapes:
                    parts.append(character)
                parts.append(self.next())
            else:
                start = self.at
                self.at += 1
                special = f"'\"${self.escape}{stop}"
                while self.at < len(text) and text[self.at] not in special:
                    self.at += 1
                parts.append(text[start : self.at])
        if stop:
            raise SubstitutionError(
                f"unexpected end of statement while looking for matching {stop}"
            )
        return tuple(parts)

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            self.at = len(self.text)
            raise SubstitutionError(
                "unexpected end of statement while looking for matching single-quote"
            )
        start, self.at = self.at + 1, end + 1
        return self.text[start:end]

    def _double_quoted(self, *, raw_escapes: bool) -> list[str | VariableUse]:
        parts: list[str | VariableUse] = []
        text = self.text
        self.at += 1
        special = f'"${self.escape}'
        while self.at < len(text):
            character = text[self.at]
            if character == '"':
                self.at += 1
                return parts
            if character == "$":
                parts.append(self.variable())
            elif character == self.escape:
                self.at += 1
                if raw_escapes:
                    parts.append(character)
                following = self.peek()
                if not following:
                    break
                # Others keep their escape character.
                escapes = following in special
                parts.append(self.next() if escapes else character)
            else:
                start = self.at
                while self.at < len(text) and text[self.at] not in special:
                    self.at += 1
                parts.append(text[start : self.at])
        raise SubstitutionError(
            "unexpected end of statement while looking for matching double-quote"
        )

    def variable(self) -> str | VariableUse:
        """Read from a `$` on."""
        start = self.at
        self.at += 1
        if self.peek() != "{":
            name = self._name()
            return VariableUse(name, start, self.at, "", "") if name else "$"
        self.at += 1
        if not self.peek():
            raise SubstitutionError("syntax error: missing '}'")
        if self.peek() in "{}:":
            raise SubstitutionError("syntax error: bad substitution")
        self._depth += 1
        if self._depth > _DEPTH:
            raise SubstitutionError("variables are nested too deeply")
        name = self._name()
        modifier = self.next()
        words: tuple[Parts, ...] = ()
        begin = self.at
        if modifier == "/":
            if self.peek() == "/":
                modifier += self.next()
            begin = self.at
            pattern = self._word("/", "syntax error: missing '/' in ${}", raw_escapes=True)
            replacement = self._word("}", "syntax error: missing '}'", raw_escapes=True)
            words = (pattern, replacement)
        elif modifier != "}":
            kind = modifier
            if kind == ":":
                kind = self.next()
                modifier += kind
            is_pattern = kind != "" and kind in "#%"
            if kind == "" or kind not in "+-?#%" or (is_pattern and modifier != kind):
                raise SubstitutionError(f"unsupported modifier ({modifier}) in substitution")
            if is_pattern and self.peek() == kind:
                modifier += self.next()
            begin = self.at
            words = (self._word("}", "syntax error: missing '}'", raw_escapes=is_pattern),)
        self._depth -= 1
        if modifier == "}":
            return VariableUse(name, start, self.at, "", "")
        return VariableUse(name, start, self.at, modifier, self.text[begin : self.at - 1], words)

    def _word(self, stop: str, missing: str, *, raw_escapes: bool) -> Parts:
        try:
            return self.read(stop, raw_escapes=raw_escapes)
        except SubstitutionError:
            if self.at >= len(self.text):
                raise SubstitutionError(missing) from None
            raise

    def _name(self) -> str:
        text = self.text
        start = self.at
        first = self.peek()
        if first and first in "@*#?-$!0" and not first.isdecimal():
            self.at += 1
        elif first.isdecimal():
            while self.at < len(text) and text[self.at].isdecimal():
                self.at += 1
        else:
            while self.at < len(text) and (
                text[self.at] == "_" or text[self.at].isalpha() or text[self.at].isdecimal()
            ):
                self.at += 1
        return text[start : self.at]


def _evaluate(parts: Parts, lookup: Mapping[str, str | None]) -> str | None:
    """Return the text of *parts*; every part is looked at, so that each problem is found."""
    text: list[str] | None = []
    length = 0
    has_variables = False
    for part in parts:
        if isinstance(part, str):
            value: str | None = part
        else:
            has_variables = True
            value = _value(part, lookup)
        if value is None:
            text = None
        elif text is not None:
            length += len(value)
            text.append(value)
            if has_variables and length > _LONGEST:
                # Values that double with every line must not fill the memory.
                text = None
    return None if text is None else "".join(text)


def _value(use: VariableUse, lookup: Mapping[str, str | None]) -> str | None:
    words = [_evaluate(parts, lookup) for parts in use.parts]
    is_set = use.name in lookup
    value = lookup[use.name] if is_set else ""
    modifier = use.modifier
    if not modifier:
        return value
    kind = modifier[-1]
    if kind in "-+?":
        if value is None:
            return None
        # With a colon, empty counts as unset.
        is_there = is_set and not (modifier[0] == ":" and value == "")
        if kind == "-":
            return value if is_there else words[0]
        if kind == "+":
            return words[0] if is_there else ""
        if not is_there:
            default = "is not allowed to be " + ("empty" if is_set else "unset")
            raise SubstitutionError(f"{use.name}: {words[0] or default}")
        return value
    pattern = words[0]
    tokens = None if pattern is None else _tokens(pattern)
    if value is None or pattern is None or tokens is None:
        return None
    if len(tokens) * len(value) > _WORK or "\n" in value:
        # A wildcard does not match a line's end; that is not worth its own code.
        return None
    if kind == "/":
        return (
            None
            if words[1] is None
            else _replaced(value, tokens, words[1], everywhere=modifier == "//")
        )
    if kind == "#":
        return value[_prefix(value, tokens, longest=modifier == "##") :]
    cut = _prefix(value[::-1], tokens[::-1], longest=modifier == "%%")
    return value[: len(value) - cut]


def _tokens(pattern: str) -> list[str]:
    r"""Return the characters that *pattern* asks for; `*` and `?` as such, others after a `\`."""
    tokens = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character in "*?":
            tokens.append(character)
        elif character == "\\":
            following = pattern[at : at + 1]
            if following in ("}", "/"):
                continue  # escaped for the sake of `${}`, not of the pattern
            if following not in ("*", "?", "\\"):
                raise SubstitutionError(
                    f"invalid pattern ({pattern}) in substitution: invalid escape '\\{following}'"
                )
            at += 1
            tokens.append(f"\\{following}")
        else:
            tokens.append(f"\\{character}")
    return tokens


def _segments(tokens: list[str]) -> list[list[str]]:
    """Return what is between the `*`."""
    segments: list[list[str]] = [[]]
    for wanted in tokens:
        if wanted == "*":
            segments.append([])
        else:
            segments[-1].append(wanted)
    return segments


def _fits(segment: list[str], value: str, at: int) -> bool:
    if at < 0 or at + len(segment) > len(value):
        return False
    return all(
        wanted == "?" or wanted[1] == value[at + index] for index, wanted in enumerate(segment)
    )


def _prefix(value: str, tokens: list[str], *, longest: bool) -> int:
    """Return how much of *value* the pattern takes from its start, 0 where it does not fit."""
    found = _match(value, 0, _segments(tokens), longest=longest, anchored=True)
    return found[1] if found else 0


def _match(
    value: str, start: int, segments: list[list[str]], *, longest: bool, anchored: bool
) -> tuple[int, int] | None:
    """
    Return where the segments match from *start* on.

    Each goes to the first place that it fits, which leaves most room for those behind; the
    last one to the last place, where the longest match is asked for.
    """
    first, *rest = segments
    places = (start,) if anchored else range(start, len(value) - len(first) + 1)
    begin = next((place for place in places if _fits(first, value, place)), None)
    if begin is None:
        return None
    at = begin + len(first)
    for number, segment in enumerate(rest, start=1):
        last = len(value) - len(segment)
        is_last = number == len(rest)
        places = range(last, at - 1, -1) if is_last and longest else range(at, last + 1)
        place = next((place for place in places if _fits(segment, value, place)), None)
        if place is None:
            return None
        at = place + len(segment)
    return begin, at


def _replaced(value: str, tokens: list[str], replacement: str, *, everywhere: bool) -> str:
    segments = _segments(tokens)
    parts = []
    search = done = 0
    while search <= len(value):
        found = _match(value, search, segments, longest=True, anchored=False)
        if found is None:
            break
        start, end = found
        parts.append(value[done:start])
        if end > done or start == 0:
            # Nothing at all does not match once more where a match has just ended.
            parts.append(replacement)
        done = end
        if not everywhere:
            break
        search = max(search + 1, end)
    return "".join(parts) + value[done:]
