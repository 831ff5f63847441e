"""Changes of YAML files that fixes make."""

from __future__ import annotations

from boxwright.practices.yaml_change import (
    Change,
    add_keys,
    path_of,
    remove_at,
    remove_key,
    rewrite,
    set_path,
)
from boxwright.practices.yaml_difference import differing_path
from boxwright.syntax.yaml.node import Mapping, Sequence
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.edit import apply_edits
from boxwright.text.source import Source

TEXT = """\
spec:
  pods:
    - name: a  # first
      on: {x: 1}
    - &b {name: b}
    - *b
"""


def test_what_a_change_declares_is_what_differs() -> None:
    file = parse_yaml(Source("a.yaml", TEXT))
    assert isinstance(file.root, Mapping)
    first = file.root.get("spec", "pods", 0)
    pods = file.root.get("spec", "pods")
    assert isinstance(first, Mapping)
    assert isinstance(pods, Sequence)

    changes = {
        "spec.pods.0.new": set_path(file, first, ("new", "deep"), "1"),
        "spec.pods.0.on.y": set_path(file, first, ("on", "y"), "1"),
        "spec.pods.0.k spec.pods.0.l": add_keys(file, first, [("k", "1"), ("l", "2")]),
        "spec.pods.0.name": rewrite(file, first.get("name"), "c"),
        "spec.pods.0.on": remove_key(file, first, "on"),
        "spec.pods": remove_at(file, pods, 0),
    }

    assert [_declared(TEXT, change) for change in changes.values()] == list(changes)


def test_what_stands_in_two_places_is_left_alone() -> None:
    file = parse_yaml(Source("a.yaml", TEXT))
    assert isinstance(file.root, Mapping)
    shared = file.root.get("spec", "pods", 1)
    assert isinstance(shared, Mapping)

    assert path_of(file, shared) is None
    assert set_path(file, shared, ("new",), "1") is None
    assert remove_key(file, shared, "name") is None
    assert rewrite(file, shared.get("name"), "c") is None


def _declared(text: str, change: Change | None) -> str:
    """Return the path of *change*, after making sure that nothing else differs."""
    assert change is not None
    before = parse_yaml(Source("a.yaml", text))
    after = parse_yaml(Source("a.yaml", apply_edits(text, [change.edit])))
    assert differing_path(before, after, []) is not None
    assert differing_path(before, after, change.paths) is None
    return " ".join(change.paths)
