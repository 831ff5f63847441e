"""Fixes of Compose files that several rules make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix
from boxwright.practices.compose_services import is_own
from boxwright.syntax.yaml.edit import append_item, ensure_path, insert_pair
from boxwright.syntax.yaml.node import Mapping, Node, Scalar, Sequence
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceType

    from boxwright.practices.compose_file import ComposeFile
    from boxwright.syntax.yaml.compose import Service


def set_key(
    file: ComposeFile,
    service: Service,
    path: tuple[str, ...],
    yaml_text: str,
    *,
    title: str,
    applicability: Applicability,
) -> Fix | None:
    """Return the fix that gives the key at *path* of *service* a value; None if that is shared."""
    if service.node is None or not is_own(service, *path):
        return None
    edit = ensure_path(file.source, service.node, path, yaml_text)
    if edit is None:
        return None
    return Fix(title, (edit,), applicability, (changed_path(service, path),))


def changed_path(service: Service, path: SequenceType[str]) -> str:
    """Return the dotted path below which setting *path* of *service* changes the file."""
    parts = ["services", service.key.text]
    node: Node | None = service.node
    for key in path:
        if not isinstance(node, Mapping):
            break
        parts.append(key)
        pair = node.own(key)
        if pair is None:
            break
        node = pair.value
    return ".".join(parts)


def mount_named_volume(
    file: ComposeFile, service: Service, name: str, target: str
) -> tuple[tuple[Edit, ...], tuple[str, ...]] | None:
    """Return edits that mount the new volume *name* in *service*, and what they change."""
    root = file.compose.root
    node = service.node
    if root is None or node is None or not is_own(service, "volumes"):
        return None
    mount = f"{name}:{target}"
    pair = node.own("volumes")
    if pair is None:
        first = insert_pair(file.source, node, "volumes", f"- {mount}")
    elif isinstance(pair.value, Sequence | Scalar):
        if isinstance(pair.value, Scalar) and not pair.value.is_null:
            return None
        first = append_item(file.source, pair.value, mount)
    else:
        return None
    second = declare(file, "volumes", name)
    if second is None:
        return None
    changes = (f"services.{service.key.text}.volumes", changed_section(file, "volumes", name))
    return (first, second), changes


def declare(file: ComposeFile, section: str, name: str) -> Edit | None:
    """Return the edit that declares *name* in the top-level *section*."""
    root = file.compose.root
    if root is None:
        return None
    pair = root.own(section)
    if pair is not None and (pair.is_alias or pair.value.is_shared):
        return None
    return ensure_path(file.source, root, (section, name), "")


def changed_section(file: ComposeFile, section: str, name: str) -> str:
    """Return the dotted path of what declaring *name* in *section* changes."""
    root = file.compose.root
    has_section = root is not None and isinstance(root.get(section), Mapping)
    return f"{section}.{name}" if has_section else section


def free_name(file: ComposeFile, section: str, name: str) -> str:
    """Return *name*, or what comes of it where the top-level *section* has it already."""
    node = file.compose.section(section)
    taken = set(node.keys()) if node is not None else set()
    result, number = name, 2
    while result in taken:
        result, number = f"{name}-{number}", number + 1
    return result
