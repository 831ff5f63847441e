"""
What YAML consists of: scalars, mappings and sequences that know where they stand.

An alias is the node that it names: shared and never copied, however many of them a
hostile file stacks on each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

STANDARD_TAG = "tag:yaml.org,2002:"
"""What `!!` stands for."""
BREAKS = r"\r\n\x85\u2028\u2029"
"""The characters that end a line, for a set in a regular expression."""
_MAXIMUM_MERGED = 100
"""How many mappings one may merge, those that they merge included."""

Value: TypeAlias = str | int | float | bool | None
"""What a scalar means."""


class Pair(NamedTuple):
    """A key with its value, as a mapping has them."""

    key: Scalar
    value: Node
    value_span: Span
    """Where the value stands: that of the alias, where it is one."""
    is_alias: bool


class Node:
    """Something in a document: a scalar, a mapping or a sequence."""

    __slots__ = ("anchor", "content_start", "end", "in_flow", "is_shared", "source", "start", "tag")

    def __init__(
        self,
        source: Source,
        span: Span,
        content_start: int,
        *,
        tag: str = "",
        anchor: str = "",
        in_flow: bool = False,
    ) -> None:
        self.source = source
        """The text that it stands in: a service may come from another file."""
        self.start, self.end = span
        self.content_start = content_start
        """Where it starts behind its tag and anchor."""
        self.tag = tag
        """Empty where none is written."""
        self.anchor = anchor
        self.in_flow = in_flow
        """Whether it lies in brackets or braces of another."""
        self.is_shared = False
        """Whether an alias names it, so that a change shows in several places."""

    @property
    def span(self) -> Span:
        """Where it stands, its tag and anchor included, comments behind it not."""
        return Span(self.start, self.end)

    @property
    def raw(self) -> str:
        """What is written there."""
        return self.source.text[self.start : self.end]


class Scalar(Node):
    """A string, number, boolean or null."""

    __slots__ = ("_is_mapped", "_joined", "style", "text")

    def __init__(
        self,
        source: Source,
        span: Span,
        content_start: int,
        text: str,
        style: str,
        *,
        tag: str = "",
        anchor: str = "",
        in_flow: bool = False,
    ) -> None:
        super().__init__(source, span, content_start, tag=tag, anchor=anchor, in_flow=in_flow)
        self.text = text
        """What it says, without quotes and escapes: `"on"` and `on` are the same."""
        self.style = style
        """Empty (plain), `'`, `"`, `|` or `>`."""
        self._joined: Joined | None = None
        self._is_mapped = True

    @property
    def value(self) -> Value:
        """What it means by the core schema of YAML 1.2, where `yes` is a string."""
        kind = self.tag.removeprefix(STANDARD_TAG)
        if kind in {"!", "str"} or (self.style and kind not in {"int", "float", "bool", "null"}):
            return self.text
        return resolved(self.text)

    @property
    def is_null(self) -> bool:
        """Whether it is null, or nothing is written."""
        return self.value is None

    def joined(self) -> Joined:
        """
        Return its text, which still knows where each character stands.

        Where escapes lie between source and text, all of it stands at its start.
        """
        if self._joined is None:
            pieces = self._same_piece() or self._line_pieces() or self._word_pieces()
            start = self.content_start
            self._is_mapped = pieces is not None
            if pieces is None:
                size = len(self.text)
                self._joined = Joined(self.text, range(max(size, 1)), [start] * max(size, 1))
            else:
                self._joined = Joined.of(pieces, start)
        return self._joined

    def span_of(self, start: int, end: int) -> Span:
        """Return where *start* up to *end* of its text stand; all of it, where that is unclear."""
        span = self.joined().span(start, end)
        return span if self._is_mapped else self.span

    def _same_piece(self) -> list[tuple[str, int]] | None:
        if self.style in {"|", ">"}:
            return None
        first = self.content_start + (1 if self.style else 0)
        is_same = self.source.text.startswith(self.text, first)
        return [(self.text, first)] if is_same and first + len(self.text) <= self.end else None

    def _line_pieces(self) -> list[tuple[str, int]] | None:
        if self.style != "|":
            return None
        source = self.source.text
        pieces: list[tuple[str, int]] = []
        start = next_line(source, self.content_start)
        for line in self.text.splitlines(keepends=True):
            content = line.rstrip("\n")
            stop = line_end(source, start)
            if not source[start:stop].endswith(content):
                return None
            pieces.append((line, stop - len(content)))
            start = next_line(source, stop)
        return pieces

    def _word_pieces(self) -> list[tuple[str, int]] | None:
        """Return the words of a text that is folded: they are those of the source."""
        source = self.source.text
        start = self.content_start
        start = next_line(source, start) if self.style in {"|", ">"} else start + len(self.style)
        end = self.end - (len(self.style) if self.style in {"'", '"'} else 0)
        pieces: list[tuple[str, int]] = []
        at = 0
        behind = start
        for found in _word_pattern().finditer(self.text):
            written = _word_pattern().search(source, behind, end)
            if written is None or written[0] != found[0]:
                return None
            pieces += [(self.text[at : found.start()], behind), (found[0], written.start())]
            at, behind = found.end(), written.end()
        return [*pieces, (self.text[at:], behind)]


class Mapping(Node):
    """Keys with values."""

    __slots__ = ("_effective", "_own", "is_flow", "pairs")

    def __init__(
        self,
        source: Source,
        span: Span,
        content_start: int,
        *,
        tag: str = "",
        anchor: str = "",
        in_flow: bool = False,
        is_flow: bool = False,
    ) -> None:
        super().__init__(source, span, content_start, tag=tag, anchor=anchor, in_flow=in_flow)
        self.is_flow = is_flow
        self.pairs: tuple[Pair, ...] = ()
        """As they are written: merge keys and keys that occur twice included."""
        self._effective: dict[str, Pair] | None = None
        self._own: dict[str, Pair] = {}

    def pair(self, key: str) -> Pair | None:
        """Return the pair of *key*: its own, or else one that it merges (`<<`)."""
        return self.effective().get(key)

    def own(self, key: str) -> Pair | None:
        """Return the pair of *key* where it is written in this very mapping."""
        self.effective()
        return self._own.get(key)

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path*: keys of mappings, numbers of items."""
        node: Node | None = self
        for part in path:
            match node:
                case Mapping():
                    found = node.effective().get(str(part))
                    node = None if found is None else found.value
                case Sequence() if isinstance(part, int) and part < len(node.items):
                    node = node.items[part]
                case _:
                    return None
        return node

    def keys(self) -> tuple[str, ...]:
        """Return the texts of its keys, merged ones behind its own."""
        return tuple(self.effective())

    def items(self) -> tuple[tuple[str, Node], ...]:
        """Return keys and values, merged ones behind its own."""
        return tuple((key, pair.value) for key, pair in self.effective().items())

    def effective(self) -> dict[str, Pair]:
        """Return what counts by its keys: merges carried out, the later of two equal keys."""
        if self._effective is None:
            self._effective = self._merge()
        return self._effective

    def _merge(self) -> dict[str, Pair]:
        self._own, merged = self.merge_parts()
        if not merged:
            return self._own
        result = dict(self._own)
        seen = {id(self)}
        # Depth first, since what the first of two mappings merges comes before the second.
        waiting = merged[::-1]
        while waiting and len(seen) <= _MAXIMUM_MERGED:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Sequence):
                items = node.items[:_MAXIMUM_MERGED]
                waiting.extend(item for item in reversed(items) if isinstance(item, Mapping))
            elif isinstance(node, Mapping):
                own, deeper = node.merge_parts()
                for key, pair in own.items():
                    result.setdefault(key, pair)
                waiting.extend(reversed(deeper))
        return result

    def merge_parts(self) -> tuple[dict[str, Pair], list[Node]]:
        """Return the pairs that are its own, by key, and what it merges directly."""
        own: dict[str, Pair] = {}
        merged: list[Node] = []
        for pair in self.pairs:
            if is_merge_key(pair.key):
                merged.append(pair.value)
            else:
                own[pair.key.text] = pair
        return own, merged


class Sequence(Node):
    """Items in an order."""

    __slots__ = ("is_flow", "item_spans", "items")

    def __init__(
        self,
        source: Source,
        span: Span,
        content_start: int,
        *,
        tag: str = "",
        anchor: str = "",
        in_flow: bool = False,
        is_flow: bool = False,
    ) -> None:
        super().__init__(source, span, content_start, tag=tag, anchor=anchor, in_flow=in_flow)
        self.is_flow = is_flow
        self.items: tuple[Node, ...] = ()
        self.item_spans: tuple[Span, ...] = ()
        """Where each item stands: that of the alias, where it is one."""


def as_text(node: Node | None) -> str | None:
    """Return the text of a scalar that is not null."""
    return node.text if isinstance(node, Scalar) and not node.is_null else None


def as_mapping(node: Node | None) -> Mapping | None:
    """Return *node* where it is a mapping."""
    return node if isinstance(node, Mapping) else None


def as_list(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a sequence, nothing of anything else."""
    return node.items if isinstance(node, Sequence) else ()


def as_bool(node: Node | None) -> bool | None:
    """Return the boolean that a scalar is, `yes` and `off` of YAML 1.1 included."""
    if not isinstance(node, Scalar):
        return None
    if node.style == "" and node.text.lower() in _OLD_BOOLEANS:
        return _OLD_BOOLEANS[node.text.lower()]
    return node.value if isinstance(node.value, bool) else None


def as_int(node: Node | None) -> int | None:
    """Return the whole number that a scalar is, quoted ones included."""
    if not isinstance(node, Scalar):
        return None
    found = resolved(node.text)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def walk(node: Node | None) -> Iterator[Node]:
    """Return *node* and all below it, parents first, each once, keys not."""
    waiting = [] if node is None else [node]
    seen = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        match node:
            case Mapping():
                waiting.extend(pair.value for pair in reversed(node.pairs))
            case Sequence():
                waiting.extend(reversed(node.items))
            case _:
                pass


def is_merge_key(key: Scalar) -> bool:
    """Tell whether *key* is `<<`, which merges other mappings."""
    return key.text == "<<" and not key.style and key.tag in {"", STANDARD_TAG + "merge"}


def resolved(text: str) -> Value:
    """
    Return what *text*, written plainly, means by the core schema of YAML 1.2.

    >>> resolved("0o17"), resolved("1.5"), resolved("Null"), resolved("22:22")
    (15, 1.5, None, '22:22')
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    numbers = _number_pattern().match(text)
    if numbers is None:
        return text
    if numbers["integer"]:
        # Beyond that many digits Python refuses; nobody means such a number.
        return int(text) if len(text) < 1000 else text
    if numbers["octal"]:
        return int(numbers["octal"], 8)
    if numbers["hexadecimal"]:
        return int(numbers["hexadecimal"], 16)
    if numbers["infinity"]:
        return float("-inf") if text[0] == "-" else float("inf")
    return float("nan") if numbers["nan"] else float(text)


_WORDS: dict[str, Value] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_OLD_BOOLEANS = {"yes": True, "on": True, "y": True, "no": False, "off": False, "n": False}


@cache
def _number_pattern() -> re.Pattern[str]:
    return re.compile(
        r"(?:(?P<integer>[-+]?[0-9]+)|0o(?P<octal>[0-7]+)|0x(?P<hexadecimal>[0-9a-fA-F]+)"
        r"|(?P<infinity>[-+]?\.(?:inf|Inf|INF))|(?P<nan>\.(?:nan|NaN|NAN))"
        r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)\Z"
    )


@cache
def _word_pattern() -> re.Pattern[str]:
    return re.compile(r"\S+")


@cache
def _break_pattern() -> re.Pattern[str]:
    return re.compile(rf"\r\n|[{BREAKS}]")


def line_end(text: str, at: int) -> int:
    """Return where the line of *at* ends, before its break."""
    found = _break_pattern().search(text, at)
    return found.start() if found else len(text)


def _after(text: str, line_end: int) -> int:
    """Return where the line behind the break at *line_end* starts."""
    found = _break_pattern().match(text, line_end)
    return found.end() if found else line_end


def next_line(text: str, at: int) -> int:
    """Return where the line behind that of *at* starts."""
    return _after(text, line_end(text, at))
