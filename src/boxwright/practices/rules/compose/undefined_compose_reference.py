"""
Something is named that the file does not have.

Compose refuses a file whose services refer to a volume, network, secret, config or other service that is declared nowhere, before it starts anything.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on: [postgres]
  db:
    image: postgres:16.6
    volumes:
      - db-data:/var/lib/postgresql/data
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on: [db]
  db:
    image: postgres:16.6
    volumes:
      - db-data:/var/lib/postgresql/data
volumes:
  db-data:
```

## When it is fine

A file that includes others, or that is made to be put on top of another one (its name says `override`, or a service in it has no image), is not judged: what it names may be there.

## Fix

A volume or network is declared, or the name replaced by the one that it is like. Safe where nothing is like it, since Compose refuses the file without; unsafe where something is.

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import changed_section, declare
from boxwright.practices.compose_services import is_partial
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Mapping, Node, Scalar, as_list, as_mapping, as_text
from boxwright.text.source import Span


class _Reference(NamedTuple):
    section: str
    """`services`, `volumes`, `networks`, `secrets` or `configs`."""
    name: str
    node: Node | None
    path: tuple[str, ...]
    span: Span


@rule(ComposeFile, severity=Severity.ERROR)
def undefined_compose_reference(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file) or file.compose.root is None:
        return
    declared = {"services": {service.name for service in file.services}}
    for section in ("volumes", "networks", "secrets", "configs"):
        node = file.compose.section(section)
        declared[section] = set(node.keys()) if node is not None else set()
    declared["networks"] |= {"default", "host", "none"}
    told: set[tuple[str, str]] = set()
    for service in file.services:
        for found in _references(file, service):
            if not found.name or "$" in found.name or found.name in declared[found.section]:
                continue
            key = (found.section, found.name)
            fix = None
            if key not in told or found.section == "services":
                known = declared[found.section] if len(told) < 100 else set()
                fix = _fix(file, service, found, known)
            told.add(key)
            kind = found.section.removesuffix("s")
            message = f"`{service.name}` needs the {kind} `{found.name}`, which is not declared"
            yield Problem(message, found.span, fix)


def _references(file: ComposeFile, service: Service) -> Iterator[_Reference]:
    def reference(section: str, name: str, node: Node | None, *path: str) -> _Reference:
        return _Reference(section, name, node, path, service.span_of(node))

    for dependency in service.depends_on:
        if dependency.required:
            yield reference("services", dependency.service, dependency.node, "depends_on")
    for key in ("network_mode", "pid", "ipc"):
        kind, _, name = (service.text(key) or "").partition(":")
        if kind == "service":
            yield reference("services", name, service.get(key))._replace(node=None)
    for node in service.items("links"):
        name = (as_text(node) or "").partition(":")[0]
        yield reference("services", name, node)._replace(node=None)
    extended = service.node.get("extends") if service.node is not None else None
    inner = as_mapping(extended)
    if inner is None or inner.get("file") is None:
        target = extended if inner is None else inner.get("service")
        yield reference("services", file.compose.text(target) or "", target, "extends")
    for mount in service.volumes:
        if mount.type == "volume":
            yield reference("volumes", mount.source, mount.node, "volumes")
    if service.get("network_mode") is None:
        for key_node in _names(service, "networks"):
            yield reference("networks", key_node.text, key_node, "networks")
    for grant in service.secrets:
        yield reference("secrets", grant.source, grant.node, "secrets")
    for grant in service.configs:
        yield reference("configs", grant.source, grant.node, "configs")
    for grant in service.build.secrets if service.build is not None else ():
        yield reference("secrets", grant.source, grant.node, "build", "secrets")


def _names(service: Service, key: str) -> Iterator[Scalar]:
    """Return the nodes that name something: items of a list, or keys of a mapping."""
    for node in service.all(key):
        if isinstance(node, Mapping):
            yield from (pair.key for pair in node.effective().values())
        yield from (item for item in as_list(node) if isinstance(item, Scalar))


def _fix(file: ComposeFile, service: Service, found: _Reference, declared: set[str]) -> Fix | None:
    from difflib import get_close_matches

    alike = next(iter(get_close_matches(found.name, sorted(declared)[:200], n=1, cutoff=0.75)), "")
    if not alike:
        if found.section not in {"volumes", "networks"}:
            return None
        edit = declare(file, found.section, found.name)
        change = changed_section(file, found.section, found.name)
        return edit and Fix(f"Declare `{found.name}`", (edit,), Applicability.SAFE, (change,))
    node = found.node
    is_plain = isinstance(node, Scalar) and node.text == found.name and not node.is_shared
    is_item = is_plain and node in service.items(*found.path)
    if not isinstance(node, Scalar) or not is_item or node.source is not file.source:
        return None
    edit = replace_value(file.source, node, alike)
    change = f"services.{service.key.text}.{'.'.join(found.path)}"
    return Fix(f"Say `{alike}`", (edit,), Applicability.UNSAFE, (change,))
