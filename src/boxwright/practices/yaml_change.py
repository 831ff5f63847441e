"""Fixes of YAML files: what they write, and the paths below which the data then differs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from boxwright.findings.finding import Applicability, Fix
from boxwright.syntax.yaml.edit import (
    ensure_path,
    insert_pairs,
    remove_item,
    remove_pair,
    replace_value,
)
from boxwright.syntax.yaml.node import Mapping, Node, Scalar, Sequence
from boxwright.syntax.yaml.tree import YamlFile
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple


class Change(NamedTuple):
    """An edit of a YAML file, and the dotted paths at which the file then says something else."""

    edit: Edit
    paths: tuple[str, ...]


def path_of(file: YamlFile, node: Node) -> str | None:
    """
    Return the dotted path of *node* in its document.

    None where a change of it would show in several places, or it is not of *file*.
    """
    return _paths(file).get(id(node))


def set_path(
    file: YamlFile, mapping: Mapping, path: tuple[str, ...], yaml_text: str
) -> Change | None:
    """
    Give what lies at *path* below *mapping* the value *yaml_text*; missing keys are made.

    None where that would change more than this one place.
    """
    start = path_of(file, mapping)
    if start is None:
        return None
    reached: list[str] = []
    node: Node | None = mapping
    for key in path:
        if not isinstance(node, Mapping):
            break
        reached.append(key)
        node = node.get(key)
        if node is not None and path_of(file, node) is None:
            return None
    edit = ensure_path(file.source, mapping, path, yaml_text)
    return None if edit is None else Change(edit, (_below(start, *reached),))


def add_keys(file: YamlFile, mapping: Mapping, pairs: Iterable[tuple[str, str]]) -> Change | None:
    """Give *mapping* several new keys with values of YAML text."""
    start = path_of(file, mapping)
    pairs = tuple(pairs)
    if start is None or any(mapping.pair(key) is not None for key, _ in pairs):
        return None
    edit = insert_pairs(file.source, mapping, pairs)
    return Change(edit, tuple(_below(start, key) for key, _ in pairs))


def remove_key(file: YamlFile, mapping: Mapping, key: str) -> Change | None:
    """Take *key* out of *mapping*; None where it is not written there and only there."""
    start = path_of(file, mapping)
    pair = mapping.own(key)
    if start is None or pair is None or pair.value.anchor:
        return None
    return Change(remove_pair(file.source, mapping, pair), (_below(start, key),))


def remove_at(file: YamlFile, sequence: Sequence, number: int) -> Change | None:
    """Take the item *number* out of *sequence*; None where a change shows in several places."""
    path = path_of(file, sequence)
    if path is None or sequence.items[number].anchor:
        return None
    return Change(remove_item(file.source, sequence, number), (path,))


def rewrite(file: YamlFile, node: Node | None, yaml_text: str) -> Change | None:
    """Put *yaml_text* in the place of the scalar *node*."""
    path = path_of(file, node) if isinstance(node, Scalar) else None
    if path is None or not isinstance(node, Scalar):
        return None
    return Change(replace_value(file.source, node, yaml_text), (path,))


def fix_of(
    title: str, *changes: Change | None, applicability: Applicability = Applicability.UNSAFE
) -> Fix | None:
    """Return the fix that makes all *changes*; None where one of them cannot be made."""
    made = [change for change in changes if change is not None]
    if not made or len(made) != len(changes):
        return None
    return Fix(
        title,
        tuple(change.edit for change in made),
        applicability,
        tuple(dict.fromkeys(path for change in made for path in change.paths)),
    )


def _below(start: str, *keys: str) -> str:
    return ".".join((start, *keys) if start else keys)


@lru_cache(maxsize=4)
def _paths(file: YamlFile) -> dict[int, str]:
    """Return the paths of all nodes that stand in one place only."""
    found: dict[int, str] = {}
    waiting: list[tuple[Node, str]] = [
        (document.root, "") for document in file.documents if document.root is not None
    ]
    while waiting:
        node, path = waiting.pop()
        if node.is_shared or id(node) in found:
            continue
        found[id(node)] = path
        prefix = f"{path}." if path else ""
        if isinstance(node, Mapping):
            waiting += ((pair.value, f"{prefix}{pair.key.text}") for pair in node.pairs)
        elif isinstance(node, Sequence):
            waiting += ((item, f"{prefix}{number}") for number, item in enumerate(node.items))
    return found
