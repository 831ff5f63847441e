"""
Changes of YAML at places: comments, order and layout of everything else stay.

What is put in comes as YAML text (`written` and `quoted` make it of data) without
indentation of its own; how it is laid out is adapted to the file and the place. Anchors
are not looked after: who changes a shared node changes it everywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from boxwright.syntax.yaml.node import (
    Mapping,
    Node,
    Pair,
    Scalar,
    Sequence,
    line_end,
    next_line,
)
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.syntax.yaml.written import (
    Style,
    in_lines,
    in_one_line,
    quoted,
    under_dash,
    under_key,
)
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

_OTHER_BREAKS = "\r\x85\u2028\u2029"
_BREAKS = f"\n{_OTHER_BREAKS}"
_NEAR = 200
"""How many characters before a node are looked at."""


class _Removed(NamedTuple):
    """A pair or item that is taken out, and its neighbours."""

    span: Span
    """From its key, `?` or dash on."""
    above: int | None
    """Where the one before it ends; None for the first."""
    below: int | None
    """Where the one after it starts; None for the last."""


def insert_pair(source: Source, mapping: Mapping | Scalar, key: str, yaml_text: str) -> Edit:
    """Put *key* with *yaml_text* at the end of *mapping*, or in the place of a null."""
    return insert_pairs(source, mapping, [(key, yaml_text)])


def insert_pairs(
    source: Source, mapping: Mapping | Scalar, pairs: Iterable[tuple[str, str]]
) -> Edit:
    """Put several keys with their values at the end of *mapping*, or in the place of a null."""
    style = _style(source)
    nodes = [(key, _node(yaml_text)) for key, yaml_text in pairs]
    if mapping.in_flow or (isinstance(mapping, Mapping) and mapping.is_flow):
        texts = [f"{quoted(key, in_flow=True)}: {_one_line(node)}".rstrip() for key, node in nodes]
        return _insert_in_flow(source.text, mapping, texts, "{}")
    lines = []
    for key, node in nodes:
        lines += under_key(quoted(key), node, style)
    if isinstance(mapping, Scalar):
        return _replace_by_lines(source, mapping, lines, style.step)
    return _insert_lines(source, mapping, lines)


def append_item(source: Source, sequence: Sequence | Scalar, yaml_text: str) -> Edit:
    """Put an item at the end of *sequence*, or in the place of a null."""
    style = _style(source)
    node = _node(yaml_text)
    if sequence.in_flow or (isinstance(sequence, Sequence) and sequence.is_flow):
        return _insert_in_flow(source.text, sequence, [_one_line(node)], "[]")
    lines = ["-"] if node is None else under_dash(node, style)
    if isinstance(sequence, Scalar):
        return _replace_by_lines(source, sequence, lines, style.sequence_step)
    return _insert_lines(source, sequence, lines)


def ensure_path(
    source: Source, mapping: Mapping, path: tuple[str, ...], yaml_text: str
) -> Edit | None:
    """
    Give the key at *path* below *mapping* the value *yaml_text*; missing mappings are made.

    None where something that is no mapping stands in the way, or what is there is an
    alias or merged, so that a change would reach further than the path.
    """
    node: Node = mapping
    for depth, key in enumerate(path):
        rest = path[depth + 1 :]
        if not isinstance(node, Mapping):
            if not isinstance(node, Scalar) or not node.is_null:
                return None
            return insert_pair(source, node, key, _nested(rest, yaml_text))
        pair = node.own(key)
        if pair is None:
            is_merged = node.pair(key) is not None
            return None if is_merged else insert_pair(source, node, key, _nested(rest, yaml_text))
        if depth == len(path) - 1:
            return replace_value(source, pair, yaml_text)
        if pair.is_alias or pair.value.is_shared:
            return None
        node = pair.value
    return None


def replace_value(source: Source, target: Pair | Scalar, yaml_text: str) -> Edit:
    """
    Put *yaml_text* in the place of the value of a pair, or of a scalar.

    Tag and anchor of the old value stay, and so do comments.
    """
    node = target.value if isinstance(target, Pair) else target
    is_alias = isinstance(target, Pair) and target.is_alias
    new = _node(yaml_text)
    if new is None or node.in_flow:
        return _replace_in_line(source, target, _one_line(new))
    style = _style(source)
    lines, needs_lines = in_lines(new, style)
    step = 0
    if needs_lines:
        step = style.sequence_step if isinstance(new, Sequence) else style.step
    if isinstance(target, Pair) and not is_alias and _is_block(node):
        return _replace_block(source, target, new, lines, step if needs_lines else None)
    if len(lines) == 1 and not needs_lines:
        return _replace_in_line(source, target, lines[0])
    return _replace_by_lines(source, target, lines, step if needs_lines else None)


def remove_pair(source: Source, mapping: Mapping, pair: Pair) -> Edit:
    """
    Take *pair* out of *mapping*, with the comments directly above it; the last leaves `{}`.

    Comments above the first key of a file stay: they are about the file.
    """
    pairs = mapping.pairs
    number = bisect_left(pairs, pair.key.start, key=lambda other: other.key.start)
    start = _pair_start(source.text, pair)
    above = pairs[number - 1].value_span.end if number else None
    below = pairs[number + 1] if number + 1 < len(pairs) else None
    removed = _Removed(
        Span(start, pair.value_span.end),
        above,
        None if below is None else _pair_start(source.text, below),
    )
    return _remove(source, mapping, removed, "{}")


def remove_item(source: Source, sequence: Sequence, number: int) -> Edit:
    """Take the item *number* out of *sequence*, as `remove_pair` does; the last leaves `[]`."""
    spans = sequence.item_spans
    start, end = spans[number]
    if not sequence.is_flow:
        start = _dash(source.text, sequence, number)
    above = spans[number - 1].end if number else None
    below = spans[number + 1].start if number + 1 < len(spans) else None
    return _remove(source, sequence, _Removed(Span(start, end), above, below), "[]")


@lru_cache(maxsize=64)
def _node(yaml_text: str) -> Node | None:
    # The last line of a literal ends with a break, whether it is written or not.
    return parse_yaml(Source("", yaml_text + "\n")).root


def _one_line(node: Node | None) -> str:
    return "" if node is None else in_one_line(node)


def _nested(path: tuple[str, ...], yaml_text: str) -> str:
    node = _node(yaml_text)
    style = Style()
    lines, is_block = ([""], False) if node is None else in_lines(node, style)
    for key in reversed(path):
        if is_block:
            lines = [f"{quoted(key)}:", *("  " + line if line else line for line in lines)]
        else:
            lines = [f"{quoted(key)}: {lines[0]}".rstrip(), *lines[1:]]
        is_block = True
    return "\n".join(lines)


@lru_cache(maxsize=8)
def _style(source: Source) -> Style:
    """Return how the first lines of *source* are indented."""
    step: int | None = None
    sequence_step: int | None = None
    above = -1
    for number in range(1, min(len(source.starts), 400) + 1):
        line = source.line(number).rstrip()
        content = line.lstrip(" ")
        if not content or content.startswith("#"):
            continue
        indent = len(line) - len(content)
        is_item = content == "-" or content.startswith("- ")
        if above >= 0 and is_item and indent >= above:
            sequence_step = indent - above if sequence_step is None else sequence_step
        elif above >= 0 and indent > above:
            step = indent - above if step is None else step
        if step is not None and sequence_step is not None:
            break
        above = indent if line.endswith(":") and not is_item else -1
    step = min(step or 2, 8)
    return Style(step, min(step if sequence_step is None else sequence_step, 8))


def _line_start(text: str, at: int) -> int:
    start = text.rfind("\n", 0, at) + 1
    return max(start, *(text.rfind(other, start, at) + 1 for other in _OTHER_BREAKS))


def _column(text: str, at: int) -> int:
    start = _line_start(text, at)
    return at - start - (1 if text[start : start + 1] == "\ufeff" else 0)


def _key_column(text: str, target: Pair | Scalar) -> int | None:
    """Return the column of the key that a value belongs to, None for items."""
    if isinstance(target, Pair):
        return _column(text, target.key.start)
    before = text[_line_start(text, target.start) : target.start].lstrip("\ufeff")
    if not before.strip(" ") or before.rstrip(" ").endswith("-"):
        return None
    return len(before) - len(before.lstrip(" -"))


def _joined(source: Source, lines: list[str], column: int) -> str:
    """Return *lines* as they follow on something that stands at *column*."""
    pad = " " * column
    return source.newline.join([*lines[:1], *(pad + line if line else "" for line in lines[1:])])


def _insert_lines(source: Source, node: Mapping | Sequence, lines: list[str]) -> Edit:
    """Put *lines* behind the last pair or item of a block."""
    text = source.text
    column = _column(text, node.content_start)
    block = " " * column + _joined(source, lines, column)
    if text[node.end - 1] in _BREAKS:
        return Edit.insert(node.end, block + source.newline)
    return Edit.insert(line_end(text, node.end), source.newline + block)


def _insert_in_flow(text: str, node: Node, texts: list[str], brackets: str) -> Edit:
    """Put *texts* behind what is in the brackets of *node*, or in the place of a null."""
    inserted = ", ".join(texts)
    if isinstance(node, Scalar):
        glue = ""
        if node.end == node.content_start:
            # `{a}` is a key as well, but one without a colon.
            start = node.content_start
            before = text[max(start - _NEAR, 0) : start].rstrip(f" {_BREAKS}")
            glue = " " if before.endswith(":") else ": "
        return Edit(node.content_start, node.end, f"{glue}{brackets[0]}{inserted}{brackets[1]}")
    last: Span | None = None
    if isinstance(node, Mapping) and node.pairs:
        last = node.pairs[-1].value_span
    elif isinstance(node, Sequence) and node.items:
        last = node.item_spans[-1]
    if text[node.content_start] not in "{[":
        # `[a: b]`: a mapping of one pair without braces.
        return Edit(node.start, node.end, "{" + f"{node.raw}, {inserted}" + "}")
    if last is None:
        return Edit.insert(node.content_start + 1, inserted)
    comma = _comma(text, last.end, node.end)
    if comma is not None:
        return Edit.insert(comma + 1, f" {inserted}")
    return Edit.insert(last.end, f", {inserted}" if last.start < last.end else f" , {inserted}")


def _comma(text: str, at: int, end: int) -> int | None:
    """Return where the comma behind *at* stands, with nothing but comments between."""
    while at < end:
        if text[at] == "#":
            at = line_end(text, at)
        elif text[at] == ",":
            return at
        elif not text[at].isspace():
            return None
        else:
            at += 1
    return None


def _is_block(node: Node) -> bool:
    return isinstance(node, Mapping | Sequence) and not node.is_flow


def _written_span(source: Source, target: Pair | Scalar) -> tuple[Span, str]:
    """Return where a value in a line stands behind its tag and anchor, and its own comment."""
    text = source.text
    node = target.value if isinstance(target, Pair) else target
    if isinstance(target, Pair) and target.is_alias:
        return target.value_span, ""
    start, end = node.content_start, node.end
    if not isinstance(node, Scalar) or node.style not in {"|", ">"}:
        return Span(start, end), ""
    # What a block scalar keeps of the blank lines behind it stays, and so does a comment.
    end = start + len(text[start:end].rstrip(_BREAKS))
    header = text[start : line_end(text, start)]
    mark = header.find("#")
    return Span(start, end), f" {header[mark:]}" if mark >= 0 else ""


def _replace_in_line(source: Source, target: Pair | Scalar, line: str) -> Edit:
    (start, end), comment = _written_span(source, target)
    before = source.text[start - 1 : start]
    glue = " " if start == end and before.strip() else ""
    return Edit(start, end, glue + line + comment)


def _replace_by_lines(
    source: Source, target: Pair | Scalar, lines: list[str], step: int | None
) -> Edit:
    """Replace something in a line; *step* says how much deeper than the key *lines* begin."""
    text = source.text
    (start, end), comment = _written_span(source, target)
    stop = line_end(text, end)
    comment += text[end:stop]
    column = _key_column(text, target)
    node = target.value if isinstance(target, Pair) else target
    if column is None and node.content_start > node.start:
        # Behind an anchor in the same line, a mapping's first key would get that anchor.
        column, step = _column(text, node.start), 0
    if step is None or column is None:
        # A literal begins behind its key, anything at all behind a dash.
        glue = " " if start == end and text[start - 1 : start].strip() else ""
        column = _column(text, start) + len(glue) if column is None else column
        return Edit(start, stop, glue + _joined(source, [lines[0] + comment, *lines[1:]], column))
    while start < end and text[start - 1] == " ":
        start -= 1
    body = _joined(source, ["", *lines], column + step)
    return Edit(start, stop, comment + body)


def _replace_block(
    source: Source, pair: Pair, new: Node, lines: list[str], step: int | None
) -> Edit:
    """Replace a collection that has lines of its own."""
    text = source.text
    node = pair.value
    head = text.index(":", pair.key.end) + 1
    if node.content_start > node.start:
        properties = text[node.start : node.content_start].split("#", 1)[0]
        head = node.start + len(properties.rstrip())
    between = text[head : node.content_start].rstrip(f" {_BREAKS}")
    end = head + len(text[head : node.end].rstrip(_BREAKS))
    column = _column(text, pair.key.start)
    if step is not None:
        return Edit(head, end, between + _joined(source, ["", *lines], column + step))
    if between and len(lines) > 1:
        # Comments would become lines of the literal.
        lines = [in_one_line(new)]
    rest = text[end : line_end(text, end)]
    if between and rest.strip():
        # Two comments would become one.
        lines.append(rest.strip())
        end += len(rest)
    return Edit(head, end, _joined(source, [f" {lines[0]}{between}", *lines[1:]], column))


def _pair_start(text: str, pair: Pair) -> int:
    """Return where *pair* starts: at its key, or at the `?` before that."""
    start = pair.key.start
    before = text[max(start - _NEAR, 0) : start].rstrip(" ")
    is_explicit = before.endswith("?") and before[-2:-1] in f" {{,\ufeff{_BREAKS}"
    return text.rindex("?", 0, start) if is_explicit else start


def _dash(text: str, sequence: Sequence, number: int) -> int:
    """Return where the dash of an item stands."""
    if number == 0:
        return sequence.content_start
    column = sequence.content_start - _line_start(text, sequence.content_start)
    start = _line_start(text, sequence.item_spans[number].start)
    while start > sequence.content_start:
        line = text[start : start + column + 1]
        if line.endswith("-") and not line[:-1].strip("\ufeff "):
            return start + column
        start = _line_start(text, start - 1)
    return sequence.item_spans[number].start


def _remove(source: Source, node: Mapping | Sequence, removed: _Removed, brackets: str) -> Edit:
    text = source.text
    start, end = removed.span
    if removed.above is None and removed.below is None:
        return _empty(text, node, brackets)
    if node.is_flow:
        return _remove_in_flow(text, node, removed)
    before = text[_line_start(text, start) : start].lstrip("\ufeff")
    stop = end if text[end - 1] in _BREAKS else next_line(text, end)
    if before.strip(" "):
        # The first of a compact collection, behind a dash: the next takes its place.
        while stop < len(text) and text[stop] in f" {_BREAKS}":
            stop += 1
        return Edit(start, stop, "")
    is_root = not before and removed.above is None
    return _remove_lines(text, Span(start, stop), removed.above or 0, with_comments=not is_root)


def _remove_lines(text: str, span: Span, limit: int, *, with_comments: bool) -> Edit:
    """Take lines away with the comments above, and blank lines that would then be doubled."""
    column = _column(text, span.start)
    start = span.start - column
    stop = span.end
    while with_comments and start > limit:
        above = _line_above(text, start)
        line = text[above:start].lstrip("\ufeff")
        if above < limit or not line.lstrip(" ").startswith("#") or line.find("#") != column:
            break
        start = above
    at_start = start == (1 if text.startswith("\ufeff") else 0)
    if at_start or not text[_line_above(text, start) : start].strip():
        while stop < len(text) and not text[stop : line_end(text, stop)].strip():
            stop = next_line(text, stop)
    if stop >= len(text):
        while start > limit and not text[_line_above(text, start) : start].strip():
            start = _line_above(text, start)
        if text[-1] not in _BREAKS:
            start -= len(text[:start]) - len(text[:start].rstrip(_BREAKS))
    return Edit(start, stop, "")


def _line_above(text: str, start: int) -> int:
    """Return where the line above the one that starts at *start* does."""
    at = start - (2 if text[max(start - 2, 0) : start] == "\r\n" else 1)
    return _line_start(text, max(at, 0))


def _remove_in_flow(text: str, node: Mapping | Sequence, removed: _Removed) -> Edit:
    start, end = removed.span
    comma = _comma(text, end, node.end)
    if removed.below is None and removed.above is not None:
        if "#" not in text[removed.above : start]:
            return Edit(removed.above, end, "")
        # The comma before it may be left behind, a comment may not be lost.
        return Edit(start, end if comma is None else comma + 1, "")
    stop = end if comma is None else comma + 1
    while text[stop] == " ":
        stop += 1
    line_start = _line_start(text, start)
    if text[stop] in _BREAKS and not text[line_start:start].strip(" "):
        return Edit(line_start, next_line(text, stop), "")
    return Edit(start, stop, "")


def _empty(text: str, node: Mapping | Sequence, brackets: str) -> Edit:
    """Return the edit that leaves nothing in a collection."""
    start, end = node.content_start, node.end
    if node.is_flow:
        return Edit(start, end, brackets)
    end = start + len(text[start:end].rstrip(_BREAKS))
    head = start
    while head and text[head - 1] in f" {_BREAKS}":
        head -= 1
    is_key = text[head - 1 : head] == ":" and "#" not in text[_line_start(text, head) : head]
    if is_key and head < start:
        return Edit(head, end, f" {brackets}")
    # A dash may stand in the column of its key, a bracket may not.
    is_item = text[_line_start(text, start) : start].strip(" \ufeff") != ""
    is_shifted = isinstance(node, Sequence) and not is_item and head > 0
    return Edit(start, end, f"  {brackets}" if is_shifted else brackets)
