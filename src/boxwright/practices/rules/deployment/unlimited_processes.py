"""
A service may start as many processes as it likes.

A loop that forks, or a data loader that is started for each request, takes all process numbers of the machine, and then nobody can even log in to end it.

Bad:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    pids_limit: 512
```

## When it is fine

Engines can have a default for all containers, so this is off unless settings turn it on.
In Kubernetes the node has the limit, and no key of a pod says it.

## Fix

`pids_limit: 512` is set, 4096 for what computes, since threads count too. Unsafe: it may need more.

## Equivalents

KICS "Pids Limit Not Set".

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container
from boxwright.practices.containers import ServiceContainer, containers_of
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unlimited_processes(file: ComposeFile) -> Iterator[Problem]:
    for container in containers_of(file):
        if not isinstance(container, ServiceContainer):
            continue
        service = container.service
        node = service.get("deploy", "resources", "limits", "pids") or service.get("pids_limit")
        text = service.compose.text(node)
        if node is not None and text not in {"0", "-1"}:
            continue
        number = 4096 if container.computes else 512
        yield Problem(
            message=f"nothing limits the number of processes in `{container.name}`",
            span=container.span,
            fix=add_to_container(
                container,
                f"Allow {number}",
                {"pids_limit": number},
                Applicability.UNSAFE,
            ),
        )
