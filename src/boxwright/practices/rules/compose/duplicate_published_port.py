"""
Two services publish the same port of the machine.

Only one of them gets it; the other does not start, with `port is already allocated`.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    ports: ["8080:8000"]
  admin:
    image: example/admin:1.4
    ports: ["8080:80"]
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    ports: ["127.0.0.1:8080:8000"]
  admin:
    image: example/admin:1.4
    ports: ["127.0.0.1:8081:80"]
```

## When it is fine

Two different addresses of the machine, TCP and UDP, and services of different profiles do not get in each other's way.
Where only one of the two has a profile it is a warning: it may be a variant that is started by its name.

## Equivalents

dclint no-duplicate-exported-ports.

dclint does not look at addresses, protocols and profiles.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import run_together
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.compose_values import Port

_MOST_PORTS = 2_000
"""Of one range, how many are looked at; and of one port, how many services."""


@rule(ComposeFile, severity=Severity.ERROR)
def duplicate_published_port(file: ComposeFile) -> Iterator[Problem]:
    taken: dict[tuple[str, int], list[tuple[Service, Port]]] = {}
    for service in file.services:
        if service.get("network_mode") is not None:
            continue
        for port in service.ports:
            numbers = port.published_ports
            # A range for one port means any that is free.
            if len(numbers) > 1 and len(port.target_ports) == 1:
                continue
            conflict = None
            for number in numbers[:_MOST_PORTS]:
                users = taken.setdefault((port.protocol, number), [])
                for other, earlier in users[:50]:
                    if conflict is None and _collide(service, port, other, earlier):
                        conflict = (number, other)
                users.append((service, port))
            if conflict is not None:
                number, other = conflict
                whom = "it" if other is service else f"`{other.name}`"
                message = f"port {number} of the machine is published by {whom} already"
                # Of variants with a profile, only one may be meant to be started, by its name.
                is_variant = service.profiles != other.profiles
                severity = Severity.WARNING if is_variant else None
                yield Problem(message, service.span_of(port.node), severity=severity)


def _collide(service: Service, port: Port, other: Service, earlier: Port) -> bool:
    if port.node is earlier.node and service is other:
        return False
    if "$" in port.host_ip or "$" in earlier.host_ip:
        return False
    is_same = port.host_ip == earlier.host_ip
    if not (is_same or port.is_on_all_interfaces or earlier.is_on_all_interfaces):
        return False
    if other is service and (port.published, port.target) == (earlier.published, earlier.target):
        # One for each address family.
        return is_same
    return run_together(service, other)
