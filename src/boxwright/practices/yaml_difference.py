"""Where two YAML files say something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxwright.syntax.yaml.node import Mapping, Node, Scalar
from boxwright.syntax.yaml.node import Sequence as List

if TYPE_CHECKING:
    from boxwright.syntax.yaml.tree import YamlFile


_STEPS = 100_000
"""How many places are looked at: aliases can make a small file endless."""


def differing_path(before: YamlFile, after: YamlFile, allowed: Sequence[str]) -> str | None:
    """
    Return the dotted path of something that *after* has other than *before*; None if nothing.

    What lies at or below one of the paths *allowed* may differ. Parts of a path are keys,
    and numbers in lists; each document of a file begins anew.
    """
    if len(before.documents) != len(after.documents):
        return "---"
    shapes = _Shapes()
    pairs: list[tuple[Node | None, Node | None, str]] = [
        (old.root, new.root, "") for old, new in zip(before.documents, after.documents, strict=True)
    ]
    for _ in range(_STEPS):
        if not pairs:
            return None
        old, new, path = pairs.pop()
        if shapes.of(old) == shapes.of(new) or _is_allowed(path, allowed):
            continue
        inside = _inside(old, new, path, shapes)
        if inside is None:
            return path
        pairs += inside
    return pairs[-1][2] if pairs else None


def _inside(
    old: Node | None, new: Node | None, path: str, shapes: _Shapes
) -> list[tuple[Node | None, Node | None, str]] | None:
    """Return what to compare in *old* and *new*; None where they differ as such."""
    if old is None or new is None or old.tag != new.tag:
        return None
    prefix = f"{path}." if path else ""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        olds = {shapes.of(pair.key): pair for pair in old.pairs}
        news = {shapes.of(pair.key): pair for pair in new.pairs}
        if len(olds) != len(old.pairs) or len(news) != len(new.pairs):
            return None
        return [
            (
                olds[key].value if key in olds else None,
                news[key].value if key in news else None,
                f"{prefix}{(olds.get(key) or news[key]).key.text}",
            )
            for key in dict.fromkeys([*olds, *news])
        ]
    if isinstance(old, List) and isinstance(new, List) and len(old.items) == len(new.items):
        return [
            (one, other, f"{prefix}{number}")
            for number, (one, other) in enumerate(zip(old.items, new.items, strict=True))
        ]
    return None


def _is_allowed(path: str, allowed: Sequence[str]) -> bool:
    return any(path == place or path.startswith(f"{place}.") for place in allowed)


class _Shapes:
    """Numbers that are equal where nodes say the same; each node is looked at once."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: dict[int, int] = {}

    def of(self, node: Node | None) -> int:
        """Return the number of what *node* says."""
        if node is None:
            return -1
        waiting = [node]
        begun = set()
        while waiting:
            last = waiting[-1]
            missing = []
            if id(last) not in begun:
                begun.add(id(last))
                # What has begun already holds itself: then only that it does is compared.
                missing = [
                    child
                    for child in _children(last)
                    if id(child) not in self._known and id(child) not in begun
                ]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if id(last) not in self._known:
                shape = self._shape(last)
                self._known[id(last)] = self._numbers.setdefault(shape, len(self._numbers))
        return self._known[id(node)]

    def _shape(self, node: Node) -> tuple[object, ...]:
        def number(child: Node) -> int:
            return self._known.get(id(child), -1)

        if isinstance(node, Mapping):
            pairs = sorted((number(pair.key), number(pair.value)) for pair in node.pairs)
            return ("mapping", node.tag, *pairs)
        if isinstance(node, List):
            return ("sequence", node.tag, *(number(item) for item in node.items))
        if isinstance(node, Scalar):
            return ("scalar", type(node.value).__name__, repr(node.value))
        return ("other", id(node))


def _children(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [part for pair in node.pairs for part in (pair.key, pair.value)]
    return list(node.items) if isinstance(node, List) else []
