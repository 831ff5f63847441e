"""Waiting for what a service of a Compose file depends on."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from boxwright.practices.compose_services import is_own
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Mapping, Sequence
from boxwright.syntax.yaml.written import written
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.compose_file import ComposeFile
    from boxwright.syntax.yaml.compose import Service


_MOST = 100
"""How many dependencies of a service are written anew."""


def awaiting(file: ComposeFile, service: Service, healthy: Set[str]) -> tuple[Edit, str] | None:
    """
    Return the edit that makes *service* wait until those of *healthy* are, and what it changes.

    None where its dependencies are not a plain list of its own.
    """
    node = service.node
    pair = node.own("depends_on") if node is not None else None
    if pair is None or not is_own(service, "depends_on"):
        return None
    value = pair.value
    if isinstance(value, Mapping) or not isinstance(value, Sequence):
        return None
    names = [dependency.service for dependency in service.depends_on]
    if len(names) > _MOST or len(names) != len(value.items) or "#" in value.raw or value.tag:
        # What is extended adds some, or a comment would be lost.
        return None
    conditions = {
        name: {"condition": "service_healthy" if name in healthy else "service_started"}
        for name in names
    }
    edit = replace_value(file.source, pair, written(conditions))
    return edit, f"services.{service.key.text}.depends_on"
