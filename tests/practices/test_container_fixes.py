from __future__ import annotations

import pytest

from boxwright.practices.container_fixes import Keys, merged
from boxwright.syntax.yaml.node import Mapping
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.edit import apply_edits
from boxwright.text.source import Source


@pytest.mark.parametrize(
    ("before", "keys", "after", "places"),
    [
        ("a: 1\n", {"b": {"c": "2"}}, 'a: 1\nb:\n  c: "2"\n', ("b",)),
        ("a:\n  b: 1\n", {"a": {"c": 2}}, "a:\n  b: 1\n  c: 2\n", ("a.c",)),
        ("a:\n", {"a": {"c": 2}}, "a:\n  c: 2\n", ("a",)),
        ("a: 1 # one\n", {"a": 2}, "a: 2 # one\n", ("a",)),
        ("a: [x]\n", {"a": ["x", "w"]}, "a: [x, w]\n", ("a",)),
        ("a: []\n", {"a": ["x", "w"]}, "a: [x, w]\n", ("a",)),
        ("a:\n- x\n", {"a": ["w", "z"]}, "a:\n- x\n- w\n- z\n", ("a",)),
        ("a: x\n", {"a": ["w"]}, "a:\n  - x\n  - w\n", ("a",)),
        ("a: [B=1]\n", {"a": {"C": "2"}}, "a: [B=1, C=2]\n", ("a",)),
        ("{a: 1}\n", {"b": 2, "c": 3}, "{a: 1, b: 2, c: 3}\n", ("b", "c")),
    ],
)
def test_keys_are_merged(before: str, keys: Keys, after: str, places: tuple[str, ...]) -> None:
    source = Source("a.yaml", before)
    root = parse_yaml(source).root
    assert isinstance(root, Mapping)

    change = merged(source, root, "", keys)

    assert change is not None
    assert apply_edits(before, change.edits) == after
    assert change.places == places


@pytest.mark.parametrize("text", ["x: &x {a: {}}\n<<: *x\n", "x: &x {}\na: *x\n", "a: [1]\n"])
def test_what_reaches_further_is_left(text: str) -> None:
    source = Source("a.yaml", text)
    root = parse_yaml(source).root
    assert isinstance(root, Mapping)

    assert merged(source, root, "", {"a": 1}) is None
