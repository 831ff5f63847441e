"""Data and nodes → YAML text: quoted where that is needed, in blocks or in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from functools import cache
from typing import TypeAlias

from boxwright.syntax.yaml.node import BREAKS, Mapping, Node, Scalar, Sequence, resolved
from boxwright.text.record import NamedTuple

Data: TypeAlias = (
    "str | int | float | bool | Iterable[Data] | MappingType[str, Data] | Commented | Anchored"
    " | Tagged | Alias | Flow | Quoted | Literal | None"
)
"""What YAML can say, and how it is to look."""


class Commented(NamedTuple):
    """Something with a comment on lines of its own above it."""

    value: Data
    comment: str


class Anchored(NamedTuple):
    """Something that an `Alias` of that name stands for further down."""

    value: Data
    name: str


class Tagged(NamedTuple):
    """Something with a tag before it: `!reset`."""

    value: Data
    tag: str


class Alias(NamedTuple):
    """What is anchored under that name."""

    name: str


class Flow(NamedTuple):
    """A sequence or mapping of scalars in one line, where that is not too long."""

    value: Data


class Quoted(NamedTuple):
    """A string in quotes, though it could do without."""

    text: str


class Literal(NamedTuple):
    """A string of several lines, each on a line of its own."""

    text: str


_WIDTH = 80
"""Characters of the longest `Flow` in one line."""
MERGE = "<<"
"""The key that takes over the pairs of an `Alias`, or of a list of them."""


class Style(NamedTuple):
    """How a file is indented."""

    step: int = 2
    """By how many blanks a mapping lies deeper than its key."""
    sequence_step: int = 2
    """By how many the dashes of a sequence do: in many files by none."""


def quoted(text: str, *, in_flow: bool = False) -> str:
    """
    Return the string *text* as YAML, plain where it can be.

    >>> quoted("512m"), quoted("8000:8000"), quoted("on"), quoted("a, b", in_flow=True)
    ('512m', '"8000:8000"', '"on"', '"a, b"')
    """
    return text if _is_plain(text, in_flow=in_flow) else _in_quotes(text)


def written(data: Data) -> str:
    r"""
    Return *data* as YAML in blocks, without a final line break.

    >>> written({"limits": {"memory": "4G", "cpus": "2"}})
    'limits:\n  memory: 4G\n  cpus: "2"'
    >>> print(written({"cap_drop": Commented(["ALL"], "It needs none.")}))
    # It needs none.
    cap_drop:
      - ALL
    """
    return "\n".join(_data_lines(data))


def in_one_line(node: Node) -> str:
    """Return *node* as it can stand within brackets or braces."""
    match node:
        case Mapping():
            pairs = (
                f"{in_one_line(pair.key)}: {in_one_line(pair.value)}".rstrip()
                for pair in node.pairs
            )
            return _properties(node) + "{" + ", ".join(pairs) + "}"
        case Sequence():
            return _properties(node) + "[" + ", ".join(map(in_one_line, node.items)) + "]"
        case Scalar():
            is_kept = node.style in {"", "'", '"'} and not _break_pattern().search(node.raw)
            if is_kept and (node.style or not _flow_pattern().search(node.raw)):
                return node.raw
            return _properties(node) + quoted(node.text, in_flow=True)
        case _:
            return node.raw


def in_lines(node: Node, style: Style) -> tuple[list[str], bool]:
    """Return the lines of *node* at no indentation, and whether it needs lines of its own."""
    match node:
        case Mapping() if not node.is_flow and node.pairs:
            lines = []
            for pair in node.pairs:
                lines += under_key(in_one_line(pair.key), pair.value, style)
            return lines, True
        case Sequence() if not node.is_flow and node.items:
            lines = []
            for item in node.items:
                lines += under_dash(item, style)
            return lines, True
        case Scalar() if node.style == "|":
            return _literal(node.text), False
        case Scalar() if not node.style and not _break_pattern().search(node.raw):
            return [node.raw], False
    return [in_one_line(node)], False


def under_key(key: str, value: Node | None, style: Style) -> list[str]:
    """Return the lines of the pair that *key* and *value* make in a block."""
    if value is None:
        return [f"{key}:"]
    lines, is_block = in_lines(value, style)
    properties = _properties(value) if is_block else ""
    if not is_block:
        return [f"{key}: {lines[0]}".rstrip(), *lines[1:]]
    step = style.sequence_step if isinstance(value, Sequence) else style.step
    return [f"{key}: {properties}".rstrip(), *(_indented(line, step) for line in lines)]


def under_dash(value: Node, style: Style) -> list[str]:
    """Return the lines of the item that *value* makes in a block."""
    lines, is_block = in_lines(value, style)
    properties = _properties(value) if is_block else ""
    rest = [_indented(line, 2) for line in lines[0 if properties else 1 :]]
    return [f"- {properties or lines[0]}".rstrip(), *rest]


def _indented(line: str, step: int) -> str:
    return " " * step + line if line else line


def _properties(node: Node) -> str:
    """Return the tag and anchor of *node* with a blank behind them."""
    if not (node.tag or node.anchor):
        return ""
    written = node.source.text[node.start : node.content_start].split("#", 1)[0]
    return " ".join(written.split()) + " "


def _literal(text: str) -> list[str]:
    """Return *text* as a literal block, or quoted where blanks at its start forbid that."""
    body = text.rstrip("\n")
    if not body or body[0] in " \n\t" or _special_pattern().search(body.replace("\n", "")):
        return [quoted(text)]
    kept = len(text) - len(body)
    header = "|-" if kept == 0 else "|" if kept == 1 else "|+"
    lines = [_indented(line, 2) for line in body.split("\n")]
    return [header, *lines, *[""] * (kept - 1)]


def _data_lines(data: Data) -> list[str]:
    lines: list[str] = []
    match data:
        case bool():
            return ["true" if data else "false"]
        case None:
            return ["null"]
        case str():
            return [quoted(data)]
        case int() | float():
            return [str(data)]
        case Commented():
            return [*_comment_lines(data), *_data_lines(data.value)]
        case Anchored() | Tagged():
            lines = _data_lines(data.value)
            if _is_block(data.value, lines):
                return [_property(data), *lines]
            return [f"{_property(data)} {lines[0]}", *lines[1:]]
        case Alias():
            return [f"*{data.name}"]
        case Flow():
            line = _flow(data.value)
            return [line] if len(line) <= _WIDTH else _data_lines(data.value)
        case Quoted():
            return [_in_quotes(data.text)]
        case Literal():
            return _literal(data.text)
        case MappingType():
            for key, value in data.items():
                lines += _pair_lines(key if key == MERGE else quoted(key), value)
            return lines or ["{}"]
        case _:
            for item in data:
                lines += _item_lines(item)
            return lines or ["[]"]


def _pair_lines(key: str, value: Data, properties: str = "") -> list[str]:
    if isinstance(value, Commented):
        return [*_comment_lines(value), *_pair_lines(key, value.value, properties)]
    if isinstance(value, Anchored | Tagged):
        return _pair_lines(key, value.value, f"{properties} {_property(value)}")
    lines = _data_lines(value)
    if _is_block(value, lines):
        return [f"{key}:{properties}", *(_indented(line, 2) for line in lines)]
    return [f"{key}:{properties} {lines[0]}", *lines[1:]]


def _property(data: Anchored | Tagged) -> str:
    return f"&{data.name}" if isinstance(data, Anchored) else data.tag


def _item_lines(item: Data) -> list[str]:
    if isinstance(item, Commented):
        return [*_comment_lines(item), *_item_lines(item.value)]
    lines = _data_lines(item)
    step = 0 if isinstance(item, Literal) else 2
    return [f"- {lines[0]}", *(_indented(line, step) for line in lines[1:])]


def _flow(data: Data) -> str:
    match data:
        case str():
            return quoted(data, in_flow=True)
        case None | bool() | int() | float() | Alias() | Quoted():
            return _data_lines(data)[0]
        case MappingType():
            pairs = (f"{quoted(key, in_flow=True)}: {_flow(each)}" for key, each in data.items())
            return "{" + ", ".join(pairs) + "}"
        case Commented() | Anchored() | Tagged() | Flow() | Literal():
            raise TypeError(f"`{type(data).__name__}` cannot stand in one line")
        case _:
            return "[" + ", ".join(map(_flow, data)) + "]"


def _comment_lines(data: Commented) -> list[str]:
    return [f"# {line}".rstrip() for line in data.comment.splitlines()]


def _is_block(data: Data, lines: list[str]) -> bool:
    """Tell whether *lines* of *data* have to begin below its key."""
    if isinstance(data, Flow):
        return lines != [_flow(data.value)]
    is_scalar = data is None or isinstance(data, str | int | float | Alias | Quoted | Literal)
    return not is_scalar and lines[0] not in {"{}", "[]"}


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _special_pattern().sub(_escape, escaped) + '"'


def _is_plain(text: str, *, in_flow: bool) -> bool:
    if not text or text.lower() in _OLD_WORDS or not isinstance(resolved(text), str):
        return False
    if text[0] in ",[]{}#&*!|>'\"%@`?:" or text.startswith(("- ", "---", "...")) or text == "-":
        return False
    if text != text.strip() or ": " in text or " #" in text or text.endswith(":"):
        return False
    if _special_pattern().search(text) or _old_number_pattern().match(text):
        return False
    return not (in_flow and _flow_pattern().search(text))


_OLD_WORDS = frozenset({"yes", "no", "on", "off", "y", "n", "<<", "=", "null", "true", "false"})
"""What readers of YAML 1.1 take for something else than a string."""


@cache
def _old_number_pattern() -> re.Pattern[str]:
    # Sexagesimal numbers, dates, and numbers with underscores of YAML 1.1.
    return re.compile(r"[-+.]?[0-9][0-9_:.+\-eExXoObBa-fA-FtTzZ ]*\Z")


@cache
def _flow_pattern() -> re.Pattern[str]:
    return re.compile(r"[,\[\]{}:]")


@cache
def _break_pattern() -> re.Pattern[str]:
    return re.compile(rf"[{BREAKS}]")


@cache
def _special_pattern() -> re.Pattern[str]:
    return re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[character]
    return f"\\u{ord(character):04x}"
