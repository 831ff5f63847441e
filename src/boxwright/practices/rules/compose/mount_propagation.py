"""
What a container mounts appears on the machine.

With `shared` or `rshared` propagation, a mount that is made inside of the container is one of the host too, and of every other container that shares the folder: a process that gets the right to mount puts files of its own over those of the host.

Bad:

```yaml
services:
  storage:
    image: example/storage:1.4
    volumes:
      - /mnt/data:/data:rshared
```

```yaml
services:
  storage:
    image: example/storage:1.4
    volumes:
      - type: bind
        source: /mnt/data
        target: /data
        bind:
          propagation: shared
```

Good:

```yaml
services:
  storage:
    image: example/storage:1.4
    volumes:
      - /mnt/data:/data:rslave
```

## When it is fine

What mounts file systems for others, a driver for network storage for one.

## Fix

`shared` becomes `slave`: mounts of the host still appear in the container. Unsafe: those of the container do not appear on the host any more.

## Equivalents

compose-lint CL-0017.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import is_own
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.node import Mapping, Scalar, as_text
from boxwright.text.edit import Edit
from boxwright.text.source import Span

_SHARED = ("shared", "rshared")


@rule(ComposeFile, severity=Severity.WARNING)
def mount_propagation(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        for mount in service.volumes:
            node = mount.node
            place: Scalar | None = None
            word = next((it for it in mount.options if it in _SHARED), "")
            if isinstance(node, Mapping):
                found = node.get("bind", "propagation")
                word = as_text(found) or ""
                place = found if isinstance(found, Scalar) and word in _SHARED else None
            elif isinstance(node, Scalar) and word and mount.type != "tmpfs":
                place = node
            if place is None:
                continue
            message = f"what `{service.name}` mounts below `{mount.target}` appears on the host"
            yield Problem(message, service.span_of(place), _fix(file, service, place, word))


def _fix(file: ComposeFile, service: Service, node: Scalar, word: str) -> Fix | None:
    if node.source is not file.source or node.is_shared or not is_own(service, "volumes"):
        return None
    start = node.text.rfind(word)
    span = node.span_of(start, start + len(word))
    if start < 0 or file.source.text[span.start : span.end] != word:
        return None
    edit = Edit.replace(Span(span.end - len("shared"), span.end), "slave")
    change = f"services.{service.key.text}.volumes"
    slave = word.replace("shared", "slave")
    return Fix(f"Make it `{slave}`", (edit,), Applicability.UNSAFE, (change,))
