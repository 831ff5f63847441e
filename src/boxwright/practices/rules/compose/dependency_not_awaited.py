"""
A service starts before the health check of what it needs has passed.

`depends_on` with a bare name waits until the container has started, not until the database in it takes connections.
The service then fails at its first query, or, with a restart policy, fails some times until it happens to work.
What it needs has a health check; nobody waits for it.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on:
      - db
  db:
    image: postgres:16.6
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U postgres"]
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:16.6
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U postgres"]
```

## When it is fine

`condition: service_started`, written out, says that somebody has thought of it: that is an `info`.

## Fix

The list becomes a mapping with `condition: service_healthy` for what has a health check, and `service_started`, which a bare name means, for the rest. Safe: it waits for what is needed anyway. There is none where comments stand in the list.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_dependencies import awaiting
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import is_health_checked
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.WARNING)
def dependency_not_awaited(file: ComposeFile) -> Iterator[Problem]:
    healthy = {it.name for it in file.services if is_health_checked(file, it) is True}
    for service in file.services:
        found = awaiting(file, service, healthy) if healthy else None
        for dependency in service.depends_on:
            name = dependency.service
            if dependency.condition not in {None, "service_started"} or name not in healthy:
                continue
            is_bare = dependency.condition is None
            fix = None
            if is_bare and found is not None:
                edit, change = found
                title = f"Wait until `{name}` is healthy"
                fix = Fix(title, (edit,), Applicability.SAFE, (change,))
            yield Problem(
                f"`{service.name}` does not wait until `{name}` is healthy",
                service.span_of(dependency.node),
                fix,
                None if is_bare else Severity.INFO,
            )
