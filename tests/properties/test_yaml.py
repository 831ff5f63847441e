"""Laws of YAML trees and their edits, over files of many layouts."""

# ruff: noqa: ANN401 (data is whatever YAML can say)

from __future__ import annotations

import copy
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from boxwright.syntax.yaml.edit import (
    append_item,
    ensure_path,
    insert_pair,
    remove_item,
    remove_pair,
    replace_value,
)
from boxwright.syntax.yaml.node import Mapping, Node, Pair, Scalar, Sequence, walk
from boxwright.syntax.yaml.tree import YamlFile, parse_yaml
from boxwright.syntax.yaml.written import quoted, written
from boxwright.text.edit import Edit, apply_edits
from boxwright.text.source import Source

KEYS = ("image", "ports", "a b", "x:y", "on", "8080", "é", "#")
WORDS = (
    "x",
    "8000:8000",
    "",
    "a # b",
    "yes",
    "null",
    "- x",
    "it's",
    "é \U0001d4b3",
    "a: b",
    "${A:-b}",
    "1.5",
)
SCALARS = st.one_of(st.sampled_from(WORDS), st.booleans(), st.integers(0, 9), st.none())
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
ROOTS = st.dictionaries(st.sampled_from(KEYS), DATA, min_size=1, max_size=4)


class Layout:
    """Writes data as people do: in blocks and in brackets, with comments and blank lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([2, 4]))
        self.sequence_step = draw(st.sampled_from([0, self.step]))
        self.count = 0

    def comment(self) -> str:
        self.count += 1
        return f"# c{self.count}: 'x"

    def noise(self, indent: int) -> list[str]:
        kind = self.draw(st.integers(0, 9))
        if kind == 0:
            return [" " * indent + self.comment()]
        return [""] if kind == 1 else []

    def tail(self) -> str:
        return "  " + self.comment() if self.draw(st.integers(0, 4)) == 0 else ""

    def scalar(self, data: object, *, in_flow: bool) -> str:
        if data is None and not in_flow and self.draw(st.booleans()):
            return ""
        if isinstance(data, str):
            if "'" not in data and self.draw(st.booleans()):
                return f"'{data}'"
            return quoted(data, in_flow=in_flow)
        return written(data)  # type: ignore[arg-type]

    def flow(self, data: object) -> str:
        if isinstance(data, dict):
            return (
                "{"
                + ", ".join(f"{quoted(k, in_flow=True)}: {self.flow(v)}" for k, v in data.items())
                + self.draw(st.sampled_from(["", ",", " "] if data else [""]))
                + "}"
            )
        if isinstance(data, list):
            return "[" + ", ".join(map(self.flow, data)) + "]"
        return self.scalar(data, in_flow=True)

    def wide_flow(self, data: Any, indent: int) -> list[str] | None:
        """Return brackets over several lines, with comments between."""
        if not data or self.draw(st.booleans()):
            return None
        pad = " " * (indent + 2)
        entries = (
            [f"{quoted(key, in_flow=True)}: {self.flow(value)}" for key, value in data.items()]
            if isinstance(data, dict)
            else [self.flow(value) for value in data]
        )
        comma = self.draw(st.booleans())
        last = len(entries) - 1
        lines = [
            pad + entry + ("," if number < last or comma else "") + self.tail()
            for number, entry in enumerate(entries)
        ]
        opening, closing = "{}" if isinstance(data, dict) else "[]"
        return [opening, *lines, " " * (indent + 1) + closing]

    def value(self, head: str, data: Any, indent: int, *, is_item: bool = False) -> list[str]:
        """Return the lines of *head* (a key or dash) with *data* below or behind it."""
        if isinstance(data, str) and data and self.draw(st.integers(0, 3)) == 0:
            pad = " " * (indent + self.step)
            keep = self.draw(st.sampled_from(["-", ""]))
            if keep == "-":
                return [
                    f"{head} |-{self.tail()}",
                    pad + data,
                    *self.draw(st.sampled_from([[], [""]])),
                ]
        if not isinstance(data, dict | list) or not data:
            written_text = (
                self.flow(data)
                if isinstance(data, dict | list)
                else self.scalar(data, in_flow=False)
            )
            return [f"{head} {written_text}".rstrip() + self.tail()]
        if self.draw(st.integers(0, 3)) == 0:
            wide = self.wide_flow(data, indent)
            lines = wide if wide is not None else [self.flow(data)]
            return [
                f"{head} {lines[0]}",
                *lines[1:-1],
                *([lines[-1] + self.tail()] if lines[1:] else []),
            ]
        if is_item and self.draw(st.booleans()):
            lines = self.block(data, indent + 2, noisy_start=False)
            return [f"{head} {lines[0].lstrip(' ')}", *lines[1:]]
        step = self.step if is_item or isinstance(data, dict) else self.sequence_step
        return [head + self.tail(), *self.block(data, indent + step)]

    def block(self, data: Any, indent: int, *, noisy_start: bool = True) -> list[str]:
        lines: list[str] = []
        pad = " " * indent
        for number, entry in enumerate(data):
            if number or noisy_start:
                lines += self.noise(indent)
            if isinstance(data, dict):
                lines += self.value(f"{pad}{quoted(entry)}:", data[entry], indent)
            else:
                lines += self.value(f"{pad}-", entry, indent, is_item=True)
        return lines


@st.composite
def files(draw: st.DrawFn) -> tuple[object, str]:
    """Return data, and a text that says it."""
    data = draw(ROOTS)
    layout = Layout(draw)
    lines = layout.block(data, 0)
    if draw(st.booleans()):
        lines += ["", "# the end"]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = newline.join(lines) + draw(st.sampled_from(["", newline]))
    return data, draw(st.sampled_from(["", "\ufeff"])) + text


def as_data(node: Node | None) -> Any:
    match node:
        case Mapping():
            return {key: as_data(value) for key, value in node.items()}
        case Sequence():
            return [as_data(item) for item in node.items]
        case Scalar():
            return node.value
        case _:
            return None


def places(
    node: Node | None, path: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], Node]]:
    result: list[tuple[tuple[str | int, ...], Node]] = []
    if node is not None:
        result.append((path, node))
    if isinstance(node, Mapping):
        for key, value in node.items():
            result += places(value, (*path, key))
    if isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            result += places(item, (*path, number))
    return result


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def file_of(text: str) -> YamlFile:
    file = parse_yaml(Source("compose.yaml", text))
    assert file.problems == (), text
    return file


def comments(file: YamlFile) -> list[str]:
    return sorted(comment.text for comment in file.comments)


def check(file: YamlFile, edit: Edit, expected: Any, lost: set[str] | None = None) -> None:
    text = apply_edits(file.source.text, [edit])
    changed = parse_yaml(Source("compose.yaml", text))

    shown = f"{file.source.text!r}\n→\n{text!r}"
    assert changed.problems == (), shown
    assert as_data(changed.root) == expected, shown
    missing = set(comments(file)) - set(comments(changed))
    assert missing <= (lost or set()), shown
    if "\r\n" in file.source.text:
        assert text.count("\n") == text.count("\r\n"), shown
    elif "\n" in file.source.text:
        assert "\r" not in text, shown


@given(files())
@settings(max_examples=60, deadline=None)
def test_reading_gives_the_data_and_every_node_its_own_text(made: tuple[object, str]) -> None:
    data, text = made

    file = file_of(text)

    assert as_data(file.root) == data
    for node in walk(file.root):
        if isinstance(node, Scalar) and not node.style:
            assert node.raw == node.text
        if isinstance(node, Mapping):
            assert all(
                text[pair.key.start : pair.key.end].strip("'\"") == pair.key.text
                for pair in node.pairs
            )


@given(files(), st.data())
@settings(max_examples=60, deadline=None)
def test_inserting_changes_nothing_else(made: tuple[object, str], data: st.DataObject) -> None:
    value, text = made
    file = file_of(text)
    targets = [
        (path, node)
        for path, node in places(file.root)
        if isinstance(node, Mapping) or (isinstance(node, Scalar) and node.is_null and path)
    ]
    path, node = data.draw(st.sampled_from(targets))
    added = data.draw(DATA)
    assert isinstance(node, Mapping | Scalar)

    edit = insert_pair(file.source, node, "new", written(added))

    expected: Any = copy.deepcopy({"": value})
    if isinstance(node, Scalar):
        at(expected, ("", *path[:-1]))[path[-1]] = {}
    at(expected, ("", *path))["new"] = added
    check(file, edit, expected[""])


@given(files(), st.data())
@settings(max_examples=60, deadline=None)
def test_appending_changes_nothing_else(made: tuple[object, str], data: st.DataObject) -> None:
    value, text = made
    file = file_of(text)
    targets = [
        (path, node)
        for path, node in places(file.root)
        if isinstance(node, Sequence) or (isinstance(node, Scalar) and node.is_null and path)
    ]
    if not targets:
        return
    path, node = data.draw(st.sampled_from(targets))
    added = data.draw(DATA)
    assert isinstance(node, Sequence | Scalar)

    edit = append_item(file.source, node, written(added))

    expected: Any = copy.deepcopy({"": value})
    if isinstance(node, Scalar):
        at(expected, ("", *path[:-1]))[path[-1]] = []
    at(expected, ("", *path)).append(added)
    check(file, edit, expected[""])


@given(files(), st.data())
@settings(max_examples=60, deadline=None)
def test_replacing_changes_nothing_else(made: tuple[object, str], data: st.DataObject) -> None:
    value, text = made
    file = file_of(text)
    targets: list[tuple[tuple[str | int, ...], Pair | Scalar]] = []
    for path, node in places(file.root):
        if isinstance(node, Mapping):
            targets += [((*path, pair.key.text), pair) for pair in node.pairs]
        elif isinstance(node, Scalar) and path:
            targets.append((path, node))
    path, target = data.draw(st.sampled_from(targets))
    new = data.draw(DATA)
    node = target.value if isinstance(target, Pair) else target

    edit = replace_value(file.source, target, written(new))

    expected: Any = copy.deepcopy({"": value})
    at(expected, ("", *path[:-1]))[path[-1]] = new
    inside = {
        comment.text
        for comment in file.comments
        if node.content_start <= comment.span.start < node.end and not isinstance(node, Scalar)
    }
    check(file, edit, expected[""], inside)


@given(files(), st.data())
@settings(max_examples=60, deadline=None)
def test_removing_changes_nothing_else(made: tuple[object, str], data: st.DataObject) -> None:
    value, text = made
    file = file_of(text)
    targets = [
        (path, node)
        for path, node in places(file.root)
        if (isinstance(node, Mapping) and node.pairs) or (isinstance(node, Sequence) and node.items)
    ]
    path, node = data.draw(st.sampled_from(targets))
    expected: Any = copy.deepcopy({"": value})
    if isinstance(node, Mapping):
        pair = data.draw(st.sampled_from(node.pairs))
        edit = remove_pair(file.source, node, pair)
        del at(expected, ("", *path))[pair.key.text]
    else:
        assert isinstance(node, Sequence)
        number = data.draw(st.integers(0, len(node.items) - 1))
        edit = remove_item(file.source, node, number)
        del at(expected, ("", *path))[number]

    own = {comment.text for comment in file.comments if edit.start <= comment.span.start < edit.end}
    check(file, edit, expected[""], own)


@given(
    files(),
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=4).map(tuple),
    DATA,
)
@settings(max_examples=60, deadline=None)
def test_ensuring_a_path_sets_it_or_refuses(
    made: tuple[object, str], path: tuple[str, ...], new: object
) -> None:
    value, text = made
    file = file_of(text)
    assert isinstance(file.root, Mapping)

    edit = ensure_path(file.source, file.root, path, written(new))  # type: ignore[arg-type]

    expected: Any = copy.deepcopy(value)
    here = expected
    for part in path[:-1]:
        if here.get(part) is None:
            here[part] = {}
        here = here[part]
        if not isinstance(here, dict):
            assert edit is None
            return
    here[path[-1]] = new
    assert edit is not None
    if "#" not in text:
        check(file, edit, expected)


@given(st.text(alphabet="ab:-?#&*![]{},|>'\"%@ \n\t\\\r\ufeff\u2028é<$0", max_size=60))
@example("? [a\n: b]")
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    file = parse_yaml(Source("compose.yaml", text))

    assert all(
        0 <= problem.span.start <= problem.span.end <= len(text) for problem in file.problems
    )
    for document in file.documents:
        for node in walk(document.root):
            assert 0 <= node.start <= node.content_start <= node.end <= len(text)
    assert all(text[comment.span.start] == "#" for comment in file.comments)


@given(st.text(max_size=20), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_quoted_reads_as_the_same_string(text: str, in_flow: bool) -> None:
    line = quoted(text, in_flow=in_flow)

    file = parse_yaml(Source("x", f"[{line}, {line}]" if in_flow else f"k: {line}"))

    if "\ud7ff" < max(text, default="") < "\ue000":
        return
    assert as_data(file.root) == ([text, text] if in_flow else {"k": text})
