"""
Two services ask for the same container name.

The engine has one container of a name: the second service does not start, with `Conflict. The container name is already in use`.

Bad:

```yaml
services:
  web:
    image: nginx:1.27
    container_name: app
  api:
    image: example/api:1.4
    container_name: app
```

Good:

```yaml
services:
  web:
    image: nginx:1.27
  api:
    image: example/api:1.4
```

## When it is fine

Services of different profiles, of which only one is ever up.

## Equivalents

dclint no-duplicate-container-names.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import run_together
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service


@rule(ComposeFile, severity=Severity.ERROR)
def duplicate_container_name(file: ComposeFile) -> Iterator[Problem]:
    first: dict[str, Service] = {}
    for service in file.services:
        name = service.text("container_name")
        if not name:
            continue
        earlier = first.setdefault(name, service)
        if earlier is not service and run_together(earlier, service):
            message = f"`{earlier.name}` is called `{name}` already"
            yield Problem(message, service.span_of(service.get("container_name")))
