"""Changes of YAML at places; tests/properties/test_yaml.py has the laws."""

from __future__ import annotations

import pytest

from boxwright.syntax.yaml.edit import (
    append_item,
    ensure_path,
    insert_pair,
    insert_pairs,
    remove_item,
    remove_pair,
    replace_value,
)
from boxwright.syntax.yaml.node import Mapping, Node, Scalar, Sequence
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.syntax.yaml.written import quoted, written
from boxwright.text.edit import Edit, apply_edits
from boxwright.text.source import Source


def parsed(text: str) -> tuple[Source, Mapping]:
    source = Source("compose.yaml", text)
    root = parse_yaml(source).root
    assert isinstance(root, Mapping)
    return source, root


def at(root: Mapping, path: str) -> Node:
    node = root.get(*path.split(".")) if path else root
    assert node is not None
    return node


def changed(source: Source, edit: Edit | None) -> str:
    assert edit is not None
    return apply_edits(source.text, [edit])


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a:\n  b: 1\nc: 2\n", "a", "a:\n  b: 1\n  new: x\nc: 2\n"),
        ("a:\n    b: 1  # c\n\nc: 2\n", "a", "a:\n    b: 1  # c\n    new: x\n\nc: 2\n"),
        ("a:\n  b:\n  - 1\n  # end\n", "a", "a:\n  b:\n  - 1\n  new: x\n  # end\n"),
        ("a:\n  b: 1", "a", "a:\n  b: 1\n  new: x"),
        ("a:\r\n  b: 1\r\n", "a", "a:\r\n  b: 1\r\n  new: x\r\n"),
        ("a:\n  b: |\n    x\n\n\nc: 2\n", "a", "a:\n  b: |\n    x\n  new: x\n\n\nc: 2\n"),
        ("a:\n  b: |+\n    x\n\nc: 2\n", "a", "a:\n  b: |+\n    x\n\n  new: x\nc: 2\n"),
        ("a: {b: 1}\n", "a", "a: {b: 1, new: x}\n"),
        ("a: {b: 1,}\n", "a", "a: {b: 1, new: x}\n"),
        ("a: {}\n", "a", "a: {new: x}\n"),
        ("a: {\n  b: 1 # c\n}\n", "a", "a: {\n  b: 1, new: x # c\n}\n"),
        ("a: {b}\n", "a.b", "a: {b: {new: x}}\n"),
        ("a: [b: 1]\n", "a.0", "a: [{b: 1, new: x}]\n"),
        ("a:\nc: 2\n", "a", "a:\n  new: x\nc: 2\n"),
        ("a: # c\nc: 2\n", "a", "a: # c\n  new: x\nc: 2\n"),
        ("a: null  # c\nc: 2\n", "a", "a:  # c\n  new: x\nc: 2\n"),
        ("a: &x\nc: 2\n", "a", "a: &x\n  new: x\nc: 2\n"),
        ("a:\n  -\n  - 1\n", "a.0", "a:\n  - new: x\n  - 1\n"),
        ("a:\n- b: 1\n- c: 2\n", "a.0", "a:\n- b: 1\n  new: x\n- c: 2\n"),
        ("\ufeffa: 1\n", "", "\ufeffa: 1\nnew: x\n"),
        ("? a\n: 1\n", "", "? a\n: 1\nnew: x\n"),
    ],
)
def test_a_pair_is_put_at_the_end_of_its_mapping(before: str, path: str, after: str) -> None:
    source, root = parsed(before)
    node = root.get(*(int(part) if part.isdecimal() else part for part in path.split(".") if part))
    assert isinstance(node, Mapping | Scalar)

    edit = insert_pair(source, node, "new", "x")

    assert changed(source, edit) == after


def test_what_is_put_in_is_indented_as_the_file_is() -> None:
    source, root = parsed("services:\n    api:\n        ports:\n        - 80:80\n")
    api = at(root, "services.api")
    assert isinstance(api, Mapping)
    text = written({"limits": {"memory": "4G"}, "devices": [{"driver": "nvidia", "count": 1}]})

    edit = insert_pairs(source, api, [("deploy", text), ("command", "|\n  a\n  b")])

    assert changed(source, edit) == (
        "services:\n"
        "    api:\n"
        "        ports:\n"
        "        - 80:80\n"
        "        deploy:\n"
        "            limits:\n"
        "                memory: 4G\n"
        "            devices:\n"
        "            - driver: nvidia\n"
        "              count: 1\n"
        "        command: |\n"
        "          a\n"
        "          b\n"
    )


def test_what_is_put_in_brackets_is_put_in_one_line() -> None:
    source, root = parsed("api: {image: x}\n")
    api = at(root, "api")
    assert isinstance(api, Mapping)

    edit = insert_pair(source, api, "a b", "- k: |\n    x\n  l: a, b\n- *z\n")

    assert changed(source, edit) == ('api: {image: x, a b: [{k: "x\\n", l: "a, b"}, *z]}\n')


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a:\n  - 1  # c\n\nb: 2\n", "a", "a:\n  - 1  # c\n  - x\n\nb: 2\n"),
        ("a:\n- 1\nb: 2\n", "a", "a:\n- 1\n- x\nb: 2\n"),
        ("a: [1]\n", "a", "a: [1, x]\n"),
        ("a: []\n", "a", "a: [x]\n"),
        ("a: [\n  1, # c\n]\n", "a", "a: [\n  1, x # c\n]\n"),
        ("a:\nc:\n- 1\n", "a", "a:\n- x\nc:\n- 1\n"),
        ("a: !override\n  - 1\n", "a", "a: !override\n  - 1\n  - x\n"),
        ("a:\n  - - 1\n", "a.0", "a:\n  - - 1\n    - x\n"),
    ],
)
def test_an_item_is_put_at_the_end_of_its_sequence(before: str, path: str, after: str) -> None:
    source, root = parsed(before)
    node = root.get(*(int(part) if part.isdecimal() else part for part in path.split(".")))
    assert isinstance(node, Sequence | Scalar)

    edit = append_item(source, node, "x")

    assert changed(source, edit) == after


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("a: 1 # c\n", "x", "a: x # c\n"),
        ("a: 'x\n  y' # c\n", "z", "a: z # c\n"),
        ("a:\nb: 1\n", "x", "a: x\nb: 1\n"),
        ("a: *x\nb: 1\n", "y", "a: y\nb: 1\n"),
        ("a: &x 1\n", "y", "a: &x y\n"),
        ("a: 1 # c\nb: 1\n", "k: v", "a: # c\n  k: v\nb: 1\n"),
        ("a: | # c\n  x\n\nb: 1\n", "y", "a: y # c\n\nb: 1\n"),
        ("a: 1 # c\nb: 1\n", "|\n  x\n  y", "a: | # c\n  x\n  y\nb: 1\n"),
        ("a: # c\n  k: v # d\nb: 1\n", "x", "a: x # c\n# d\nb: 1\n"),
        ("a:\n  k: v\n\nb: 1\n", "[x, y]", "a: [x, y]\n\nb: 1\n"),
        ("a:\n- x\nb: 1\n", "k: v", "a:\n  k: v\nb: 1\n"),
        ("a: !override\n  k: v\n", "x", "a: !override x\n"),
        ("a: {k: v} # c\n", "- x", "a: # c\n  - x\n"),
    ],
)
def test_a_value_is_replaced(before: str, new: str, after: str) -> None:
    source, root = parsed(before) if "*x" not in before else (Source("x", before), None)
    node = root or parse_yaml(source).root
    assert isinstance(node, Mapping)
    pair = node.own("a")
    assert pair is not None

    edit = replace_value(source, pair, new)

    assert changed(source, edit) == after


def test_a_scalar_is_replaced_where_it_stands() -> None:
    source, root = parsed("ports:\n  - 8000:8000 # api\n  - 1\n")
    port = root.get("ports", 0)
    assert isinstance(port, Scalar)

    edit = replace_value(source, port, quoted("127.0.0.1:8000:8000"))

    assert changed(source, edit) == 'ports:\n  - "127.0.0.1:8000:8000" # api\n  - 1\n'


@pytest.mark.parametrize(
    ("before", "path", "key", "after"),
    [
        ("# head\nversion: 3\n\nb: 1\n", "", "version", "# head\n\nb: 1\n"),
        ("version: 3\n\nb: 1\n", "", "version", "b: 1\n"),
        ("a: 1\n# why\nb: 2 # c\nc: 3\n", "", "b", "a: 1\nc: 3\n"),
        ("a: 1\n\n# why\nb:\n  c: 2\n\nc: 3\n", "", "b", "a: 1\n\nc: 3\n"),
        ("a: 1\n\nb: 2\n", "", "b", "a: 1\n"),
        ("a: 1\nb: 2", "", "b", "a: 1"),
        ("a:\n  b: 1\nc: 2\n", "a", "b", "a: {}\nc: 2\n"),
        ("a: # c:\n  b: 1\n", "a", "b", "a: # c:\n  {}\n"),
        ("a: {b: 1, c: 2}\n", "a", "b", "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", "a", "c", "a: {b: 1}\n"),
        ("a: {b: 1}\n", "a", "b", "a: {}\n"),
        ("a:\n- b: 1 # c\n  # d\n  c: 2\n", "a.0", "b", "a:\n- # d\n  c: 2\n"),
        ("a:\n- b: 1\n  c: 2\n- d\n", "a.0", "c", "a:\n- b: 1\n- d\n"),
    ],
)
def test_a_pair_is_taken_out_with_its_comments(
    before: str, path: str, key: str, after: str
) -> None:
    source, root = parsed(before)
    node = root.get(*(int(part) if part.isdecimal() else part for part in path.split(".") if part))
    assert isinstance(node, Mapping)
    pair = node.own(key)
    assert pair is not None

    edit = remove_pair(source, node, pair)

    assert changed(source, edit) == after


@pytest.mark.parametrize(
    ("before", "number", "after"),
    [
        ("a:\n  - x\n  # why\n  - y # c\n  - z\n", 1, "a:\n  - x\n  - z\n"),
        ("a:\n- x\n-\n  k: v\n- z\n", 1, "a:\n- x\n- z\n"),
        ("a:\n- x\nb: 1\n", 0, "a: []\nb: 1\n"),
        ("a: # c\n- x\nb: 1\n", 0, "a: # c\n  []\nb: 1\n"),
        ("a: [x, y]\n", 0, "a: [y]\n"),
        ("a: [\n  x, # c\n  y\n]\n", 1, "a: [\n  x, # c\n  \n]\n"),
    ],
)
def test_an_item_is_taken_out(before: str, number: int, after: str) -> None:
    source, root = parsed(before)
    node = root.get("a")
    assert isinstance(node, Sequence)

    edit = remove_item(source, node, number)

    assert changed(source, edit) == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a:\n  b: 1\n", ("a", "c", "d"), "a:\n  b: 1\n  c:\n    d: x\n"),
        ("a:\n  b: 1\n", ("a", "b"), "a:\n  b: x\n"),
        ("a:\n  b:\n", ("a", "b", "c"), "a:\n  b:\n    c: x\n"),
        ("a: {b: {}}\n", ("a", "b", "c", "d"), "a: {b: {c: {d: x}}}\n"),
        ("a: 1\n", ("a", "c"), None),
        ("a: [1]\n", ("a", "c"), None),
        ("x: &x {b: 1}\na: *x\n", ("a", "c"), None),
        ("x: &x {b: {c: 1}}\na:\n  <<: *x\n", ("a", "b", "c"), None),
    ],
)
def test_a_path_is_made_as_far_as_it_is_missing(
    before: str, path: tuple[str, ...], after: str | None
) -> None:
    source, root = parsed(before)

    edit = ensure_path(source, root, path, "x")

    assert (None if edit is None else changed(source, edit)) == after


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain text", "plain text"),
        ("512m", "512m"),
        ("${A:-b}", "${A:-b}"),
        ("--reload", "--reload"),
        ("", '""'),
        ("1.5", '"1.5"'),
        ("8000:8000", '"8000:8000"'),
        ("2026-11-21", '"2026-11-21"'),
        ("no", '"no"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("*x", '"*x"'),
        (' say "\\"', '" say \\"\\\\\\""'),
        ("a\tb\n", '"a\\tb\\n"'),
        ("<<", '"<<"'),
    ],
)
def test_a_string_is_quoted_where_it_would_be_something_else(text: str, line: str) -> None:
    assert quoted(text) == line
