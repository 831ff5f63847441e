"""
A container name has characters that it may not have.

The engine takes letters, digits, dots, dashes and underscores, the first a letter or a digit; with any other it refuses to make the container.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    container_name: "my api"
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    container_name: my-api
```

## When it is fine

Never, but Compose says so itself; this rule is off unless it is asked for.

## Equivalents

dclint service-container-name-regex.

dclint says nothing of names that break its schema, such as `a@b`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.ERROR, default=False)
def invalid_container_name(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        name = service.text("container_name")
        if name is not None and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", name):
            message = f"no container can be called what `{service.name}` is to be"
            yield Problem(message, service.span_of(service.get("container_name")))
