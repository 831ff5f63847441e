"""Changes of what a container is started with, in Compose files and in pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from boxwright.findings.finding import Applicability, Fix
from boxwright.practices.containers import PodContainer, ServiceContainer
from boxwright.practices.written_folders import WrittenFolder
from boxwright.syntax.yaml.edit import (
    append_item,
    insert_pairs,
    remove_item,
    remove_pair,
    replace_value,
)
from boxwright.syntax.yaml.node import Mapping as MappingNode
from boxwright.syntax.yaml.node import Node, Pair, Scalar, Sequence, as_list, as_text
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.syntax.yaml.written import Data, in_one_line, written
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

Keys: TypeAlias = Mapping[str, Data]
"""What shall be there: mappings are merged, lists are added to, everything else is replaced."""


def add_to_container(
    container: ServiceContainer | PodContainer,
    title: str,
    keys: Keys,
    applicability: Applicability,
    *,
    beside: Keys | None = None,
) -> Fix | None:
    """
    Return the fix that gives *container* what *keys* say; None where that reaches further.

    *beside* is for what stands outside of it: in a pod its `spec`, else the whole file.
    """
    if container.node is None:
        return None
    change = merged(container.source, container.node, container.place, keys)
    if change is None:
        return None
    if beside:
        if isinstance(container, PodContainer):
            around: MappingNode | None = container.spec.pod.node
            place = container.pod_place
        else:
            around, place = container.file.compose.root, ""
        if around is None or around.is_shared:
            return None
        more = merged(container.source, around, place, beside)
        if more is None:
            return None
        # At one place, what belongs to the container comes first.
        change = Change(change.edits + more.edits, change.places + more.places)
    return Fix(title, change.edits, applicability, change.places)


def environment_keys(
    container: ServiceContainer | PodContainer, variables: Mapping[str, str]
) -> dict[str, Data]:
    """Return the keys of *container* that set *variables* that it does not have."""
    if isinstance(container, ServiceContainer):
        return {"environment": dict(variables)}
    return {"env": [{"name": name, "value": value} for name, value in variables.items()]}


def room_for(
    container: ServiceContainer | PodContainer, folders: Iterable[WrittenFolder]
) -> tuple[dict[str, Data], dict[str, Data]]:
    """Return the keys of *container*, and those beside it, that make *folders* writable."""
    if isinstance(container, ServiceContainer):
        return _room_in_service(container, folders)
    mounts: list[Data] = []
    volumes: list[Data] = []
    taken = container.spec.pod.volumes
    for folder in folders:
        name = _name(folder.path)
        known = taken.get(name)
        if known is not None and (known.type != "emptyDir" or not folder.is_temporary):
            name, known = f"{_name(container.name)}-{name}", None
        mounts.append({"name": name, "mountPath": folder.path})
        if known is None:
            volumes.append({"name": name, "emptyDir": {}})
    return {"volumeMounts": mounts}, {"volumes": volumes} if volumes else {}


def _room_in_service(
    container: ServiceContainer, folders: Iterable[WrittenFolder]
) -> tuple[dict[str, Data], dict[str, Data]]:
    temporary: list[Data] = []
    volumes: dict[str, Data] = {}
    mounts: list[Data] = []
    for folder in folders:
        if folder.is_temporary:
            temporary.append(folder.path)
        else:
            name = f"{container.name}-{_name(folder.path)}"
            mounts.append(f"{name}:{folder.path}")
            volumes[name] = {}
    keys: dict[str, Data] = {}
    if temporary:
        keys["tmpfs"] = temporary
    if mounts:
        keys["volumes"] = mounts
    return keys, {"volumes": volumes} if volumes else {}


def _name(path: str) -> str:
    """Return what a volume for *path* can be called."""
    last = path.rpartition("/")[2].lower()
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in last).strip("-") or "data"


def remove_key(
    container: ServiceContainer | PodContainer, title: str, path: tuple[str, ...]
) -> Fix | None:
    """Return the unsafe fix that takes the key at *path* from *container*."""
    node: Node | None = container.node
    for key in path[:-1]:
        pair = node.own(key) if isinstance(node, MappingNode) else None
        node = None if pair is None or pair.is_alias or pair.value.is_shared else pair.value
    pair = node.own(path[-1]) if isinstance(node, MappingNode) else None
    if pair is None or not isinstance(node, MappingNode):
        return None
    edit = remove_pair(container.source, node, pair)
    place = ".".join([container.place, *path])
    if len(node.pairs) == 1:
        place = place.rpartition(".")[0]
    return Fix(title, (edit,), Applicability.UNSAFE, (place,))


def remove_items(
    container: ServiceContainer | PodContainer,
    title: str,
    path: tuple[str, ...],
    items: Iterable[Node],
) -> Fix | None:
    """Return the unsafe fix that takes *items* from the list at *path* of *container*."""
    node: Node | None = container.node
    for key in path:
        pair = node.own(key) if isinstance(node, MappingNode) else None
        node = None if pair is None or pair.is_alias or pair.value.is_shared else pair.value
    taken = {id(item) for item in items}
    if not isinstance(node, Sequence) or not taken <= {id(item) for item in node.items}:
        return None
    if len(taken) == len(node.items):
        return remove_key(container, title, path)
    numbers = [number for number, item in enumerate(node.items) if id(item) in taken]
    # Side by side they would share their commas and line breaks.
    if len(numbers) > 1 and node.is_flow:
        kept = [text for item in node.items if id(item) not in taken and (text := as_text(item))]
        pair = _own_pair(container.node, path)
        if pair is None or len(kept) + len(taken) != len(node.items):
            return None
        edits: tuple[Edit, ...] = (
            replace_value(container.source, pair, "[" + ", ".join(map(written, kept)) + "]"),
        )
    else:
        edits = tuple(remove_item(container.source, node, number) for number in numbers)
    return Fix(title, edits, Applicability.UNSAFE, (".".join([container.place, *path]),))


class Change(NamedTuple):
    """Edits, and the dotted paths below which they change what a file says."""

    edits: tuple[Edit, ...] = ()
    places: tuple[str, ...] = ()


def merged(source: Source, node: MappingNode, place: str, keys: Keys) -> Change | None:
    """Return what puts *keys* into *node*, which is at *place*; None where it would change more."""
    edits: list[Edit] = []
    places: list[str] = []
    missing: list[tuple[str, str]] = []
    for key, value in keys.items():
        pair = node.own(key)
        path = f"{place}.{key}" if place else key
        if pair is None:
            if node.pair(key) is not None:
                return None
            missing.append((key, written(value)))
            places.append(path)
            continue
        if pair.is_alias or pair.value.is_shared:
            return None
        if isinstance(value, Mapping) and isinstance(pair.value, MappingNode):
            inner = merged(source, pair.value, path, value)
        else:
            edited = _changed(source, pair.value, value)
            inner = None if edited is None else Change(edited, (path,))
        if inner is None:
            return None
        edits += inner.edits
        places += inner.places
    if missing:
        edits.append(insert_pairs(source, node, missing))
    return Change(tuple(edits), tuple(places))


def _changed(source: Source, old: Node, value: Data) -> tuple[Edit, ...] | None:
    """Return the edits that make *value* of *old*, or add it there."""
    if isinstance(old, Scalar) and old.is_null:
        return (replace_value(source, old, written(value)),)
    if isinstance(old, Sequence):
        if isinstance(value, Mapping):
            # `environment` as a list.
            return _appended(source, old, [f"{name}={text}" for name, text in value.items()])
        return _appended(source, old, value) if isinstance(value, list | tuple) else None
    if not isinstance(old, Scalar) or isinstance(value, Mapping):
        return None
    if isinstance(value, list | tuple):
        # `tmpfs` as a string.
        return (replace_value(source, old, written([old.text, *value])),)
    return (replace_value(source, old, written(value)),)


def _appended(source: Source, old: Sequence, items: Iterable[Data]) -> tuple[Edit, ...]:
    there = {as_text(item) for item in as_list(old)}
    new = [item for item in items if not _is_in(item, there)]
    if old.is_flow and not old.items and len(new) > 1:
        # Commas are only put between what is there and what comes.
        node = parse_yaml(Source("", written(new) + "\n")).root
        inner = in_one_line(node)[1:-1] if node is not None else ""
        return (Edit.insert(old.content_start + 1, inner),)
    # Of several edits at one place the first is made first.
    return tuple(append_item(source, old, written(item)) for item in new)


def _is_in(item: Data, there: set[str | None]) -> bool:
    return isinstance(item, str) and item in there


def _own_pair(node: MappingNode | None, path: tuple[str, ...]) -> Pair | None:
    inner: Node | None = node
    for key in path[:-1]:
        inner = inner.get(key) if isinstance(inner, MappingNode) else None
    return inner.own(path[-1]) if isinstance(inner, MappingNode) else None
