"""
A database shares its network with services that do not need it.

Without `networks`, all services of a file are in one network and reach each other on every port.
Whoever breaks into the web front end, the service that the internet talks to, can try passwords at the database and read the cache, which often has none.

Bad:

```yaml
services:
  web:
    image: nginx:1.27
    ports: ["443:443"]
    depends_on: [api]
  api:
    image: example/api:1.4
    depends_on: [db]
  db:
    image: postgres:16.6
```

Good:

```yaml
services:
  web:
    image: nginx:1.27
    ports: ["443:443"]
    depends_on: [api]
    networks: [front]
  api:
    image: example/api:1.4
    depends_on: [db]
    networks: [front, back]
  db:
    image: postgres:16.6
    networks: [back]
networks:
  front:
  back:
    internal: true
```

## When it is fine

Only files that declare no network at all are looked at, and only services with published ports of which the file says what they need (`depends_on`, `links`), the database not among it.

## Equivalents

KICS "Networks Not Set".

KICS reports every service without `networks`; this rule needs a database and something that should not reach it.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import DATABASES, is_partial, running
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service


@rule(ComposeFile, severity=Severity.INFO)
def single_network(file: ComposeFile) -> Iterator[Problem]:
    services = file.services
    if len(services) < 3 or file.compose.networks is not None or is_partial(file):
        return
    if any(it.get("networks") is not None or it.get("network_mode") is not None for it in services):
        return
    fronts = [
        service
        for service in services
        if service.ports and file.dependencies[service.name] and not _is_database(file, service)
    ]
    if not fronts:
        return
    # Of hundreds of services, a few tell it.
    del fronts[20:]
    for service in services:
        if not _is_database(file, service) or not file.dependents.get(service.name):
            continue
        strangers = [it.name for it in fronts if not _mentions(file, it, service)]
        if strangers:
            shown = ", ".join(f"`{name}`" for name in strangers[:3])
            more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
            verb = "reaches" if len(strangers) == 1 else "reach"
            message = f"{shown}{more} {verb} `{service.name}` without a need: all share one network"
            yield Problem(message, service.span)


def _is_database(file: ComposeFile, service: Service) -> bool:
    server = running(file, service).server
    return server is not None and server.name in DATABASES


def _mentions(file: ComposeFile, service: Service, other: Service) -> bool:
    """Tell whether *service* says the name of *other*: as a need, or in its environment."""
    if other.name in file.dependencies[service.name]:
        return True
    texts = [item.text for item in service.environment]
    texts += [word.value for command in service.start for word in command.words]
    return bool(service.env_files) or any(other.name in text for text in texts)
