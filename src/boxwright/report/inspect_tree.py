"""Files → the nested folders that a treemap shows: as few as matter, whatever the image holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SMALLEST = 500
"""What has less than one part in so many of the whole is told only as the rest of its folder."""
_DEEPEST = 24
"""What lies deeper is counted to the folder at this depth."""


@dataclass(slots=True)
class Totals:
    """What is in a folder, all that is below it included."""

    size: int = 0
    files: int = 0
    hidden: int = 0
    """Bytes of *size* that no container sees."""
    layers: dict[int, int] = field(default_factory=dict)
    """Bytes by layer."""

    def add(self, other: Totals) -> None:
        """Count *other* in."""
        self.size += other.size
        self.files += other.files
        self.hidden += other.hidden
        for layer, size in other.layers.items():
            self.layers[layer] = self.layers.get(layer, 0) + size


class Leaf(NamedTuple):
    """A file as the tree counts it."""

    path: str
    size: int
    layer: int
    is_hidden: bool = False


def tree(name: str, files: Iterable[Leaf], *, least: int) -> dict[str, Any]:
    """
    Return the node *name* with what is in it, largest first.

    A node has `name`, `size`, `files`, `layer` (that most of its bytes are of), where it applies
    `hidden`, and where there are any, `children`: folders and files of *least* bytes or more. What
    is smaller is in the sizes of those above it. Folders that hold nothing but one folder are one
    node with it: `usr/local/lib`.
    """
    sums: dict[tuple[str, int, bool], list[int]] = {}
    large: dict[str, Totals] = {}
    for path, size, layer, is_hidden in files:
        key = (path.rpartition("/")[0], layer, is_hidden)
        counted = sums.get(key)
        if counted is None:
            counted = sums[key] = [0, 0]
        counted[0] += size
        counted[1] += 1
        if size >= least:
            large.setdefault(path, Totals()).add(_totals(size, 1, layer, is_hidden=is_hidden))
    folders: dict[str, Totals] = {"": Totals()}
    for (folder, layer, is_hidden), (size, count) in sums.items():
        if folder.count("/") >= _DEEPEST:
            folder = "/".join(folder.split("/", _DEEPEST)[:_DEEPEST])
        totals = folders.setdefault(folder, Totals())
        totals.add(_totals(size, count, layer, is_hidden=is_hidden))
    below: dict[str, list[str]] = {}
    for path in _deepest_first(folders):
        if path:
            above = path.rpartition("/")[0]
            folders[above].add(folders[path])
            if folders[path].size >= least:
                below.setdefault(above, []).append(path)
    root: dict[str, Any] = _node(name, folders[""])
    open_nodes = [("", root)]
    inside: dict[str, list[str]] = {}
    for path in large:
        # A file deeper than the tree is one of the folder that it is counted to.
        folder, _, _ = path.rpartition("/")
        while folder not in folders:
            folder = folder.rpartition("/")[0]
        inside.setdefault(folder, []).append(path)
    while open_nodes:
        path, node = open_nodes.pop()
        while len(below.get(path, ())) == 1 and path not in inside and path:
            only = below[path][0]
            if folders[only].size != folders[path].size:
                break
            node["name"] += only[len(path) :]
            path = only
        children = []
        for child in below.get(path, ()):
            made = _node(child[len(path) :].lstrip("/"), folders[child])
            open_nodes.append((child, made))
            children.append(made)
        children += [_node(of[len(path) :].lstrip("/"), large[of]) for of in inside.get(path, ())]
        if children:
            children.sort(key=lambda child: (-child["size"], child["name"]))
            node["children"] = children
    return root


def group(name: str, children: Iterable[dict[str, Any]], *, kind: str = "") -> dict[str, Any]:
    """Return the node that *children* make together, largest first."""
    ordered = sorted(children, key=lambda child: (-child["size"], child["name"]))
    return {
        "name": name,
        "size": sum(child["size"] for child in ordered),
        "files": sum(child["files"] for child in ordered),
        "layer": None,
        **({"kind": kind} if kind else {}),
        "children": ordered,
    }


def main_layer(layers: Mapping[int, int]) -> int | None:
    """Return the layer that most bytes are of, the lowest of equals; None where there is none."""
    return min(layers, key=lambda at: (-layers[at], at)) if layers else None


def _totals(size: int, files: int, layer: int, *, is_hidden: bool) -> Totals:
    return Totals(size, files, size if is_hidden else 0, {layer: size})


def _deepest_first(folders: dict[str, Totals]) -> list[str]:
    """Return the folders and all above them, which are put into *folders*, the deepest first."""
    for path in list(folders):
        above = path.rpartition("/")[0]
        while path and above not in folders:
            folders[above] = Totals()
            above = above.rpartition("/")[0]
    return sorted(folders, key=lambda path: (-path.count("/"), path))


def _node(name: str, totals: Totals) -> dict[str, Any]:
    node = {
        "name": name,
        "size": totals.size,
        "files": totals.files,
        "layer": main_layer(totals.layers),
    }
    if totals.hidden:
        node["hidden"] = totals.hidden
    return node
