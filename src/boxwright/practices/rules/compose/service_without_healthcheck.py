"""
Others depend on a service whose health nobody checks.

Without a health check, `depends_on` can only wait until the container has started; a database takes some seconds more, a model server minutes.
A process that hangs looks as well as one that works.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on:
      - db
  db:
    image: postgres:16.6
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
      test: ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres}"]
      interval: 10s
      timeout: 5s
      retries: 5
```

## When it is fine

A service that comes to an end, or that nothing depends on, is not reported, and neither is an image of which it is not known whether it has a health check of its own.

## Fix

For PostgreSQL, Redis, Valkey, MySQL, MariaDB, MongoDB and RabbitMQ in their own images, the check that their image has the tool for is added, and what depends on it by a bare name waits for it. Safe: nothing else of how they run changes.

## Equivalents

KICS "Healthcheck Not Set".

KICS reports every service without a health check in this file; this rule those that others depend on, unless the image checks itself.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_dependencies import awaiting
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import changed_path
from boxwright.practices.compose_services import (
    base_image,
    is_health_checked,
    is_own,
    is_partial,
    running,
)
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.edit import insert_pair


@rule(ComposeFile, severity=Severity.WARNING)
def service_without_healthcheck(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    waiting: dict[str, list[Service]] = {}
    for service in file.services:
        for dependency in service.depends_on:
            if dependency.condition in {None, "service_started"}:
                waiting.setdefault(dependency.service, []).append(service)
    healthy = {it.name for it in file.services if is_health_checked(file, it) is True}
    for name, others in waiting.items():
        needed = file.service(name)
        if needed is None or is_health_checked(file, needed) is not False:
            continue
        check = needed.healthcheck
        found = running(file, needed)
        if found.kind not in {"service", "notebook"} or (check is not None and check.is_disabled):
            continue
        title = found.server.title if found.server is not None else f"`{name}`"
        shown = ", ".join(f"`{other.name}`" for other in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        verb = "depends" if len(others) == 1 else "depend"
        yield Problem(
            f"{shown}{more} {verb} on {title}, whose health is not checked",
            needed.span,
            _fix(file, needed, others, healthy | {name}),
        )


def _fix(
    file: ComposeFile, service: Service, others: list[Service], healthy: set[str]
) -> Fix | None:
    test = _test(service)
    if not test or service.node is None or not is_own(service, "healthcheck"):
        return None
    if service.node.own("healthcheck") is not None:
        return None
    check = f"test: {test}\ninterval: 10s\ntimeout: 5s\nretries: 5"
    edits = [insert_pair(file.source, service.node, "healthcheck", check)]
    changes = [changed_path(service, ("healthcheck",))]
    for other in others:
        is_bare = any(
            it.service == service.name and it.condition is None for it in other.depends_on
        )
        found = awaiting(file, other, healthy) if is_bare else None
        if is_bare and found is None:
            return None
        if found is not None:
            edits.append(found[0])
            changes.append(found[1])
    title = f"Check the health of `{service.name}`, and wait for it"
    return Fix(title, tuple(edits), Applicability.SAFE, tuple(changes))


def _test(service: Service) -> str:
    """Return the test for the image of *service*, where one is known to work."""
    if service.build is not None or service.get("entrypoint") is not None:
        return ""
    words = {word.value for command in service.start for word in command.words}
    image = base_image(service)
    number = image.parts.version.partition(".")[0]
    major = int(number) if number.isdecimal() else 0
    match image.repository:
        case "postgres" | "pgvector/pgvector" | "postgis/postgis" | "timescale/timescaledb":
            return '["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres}"]'
        case "redis" | "redis/redis-stack-server" if not words & {"--requirepass", "--port"}:
            return '["CMD", "redis-cli", "ping"]' if len(words) < 3 else ""
        case "valkey/valkey" if not words:
            return '["CMD", "valkey-cli", "ping"]'
        case "mysql" if not words:
            return '["CMD", "mysqladmin", "ping", "-h", "127.0.0.1"]'
        case "mariadb" if not words and major >= 11:
            return '["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]'
        case "mongo" if not words and major >= 5:
            return """["CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok"]"""
        case "rabbitmq" if not words:
            return '["CMD", "rabbitmq-diagnostics", "-q", "ping"]'
        case _:
            return ""
