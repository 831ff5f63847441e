"""
The keys of a service are in no order that a reader expects.

Where all services begin with what they are and end with how they are watched, the one that differs is seen at once.

The order is: `image`, `build`, `container_name`; `depends_on`; `volumes`, `volumes_from`, `configs`, `secrets`; `environment`, `env_file`; `ports`, `networks`, `network_mode`, `extra_hosts`; `command`, `entrypoint`, `working_dir`, `restart`, `healthcheck`; `logging`, `labels`; `user`, `isolation`; then all others.

Bad:

```yaml
services:
  api:
    restart: unless-stopped
    image: example/api:1.4
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    environment:
      LOG_LEVEL: info
    restart: unless-stopped
```

## When it is fine

It is taste; this rule is off unless it is asked for.

## Equivalents

dclint service-keys-order.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import is_merge_key

_ORDER = (
    "image", "build", "container_name", "depends_on", "volumes", "volumes_from", "configs",
    "secrets", "environment", "env_file", "ports", "networks", "network_mode", "extra_hosts",
    "command", "entrypoint", "working_dir", "restart", "healthcheck", "logging", "labels", "user",
    "isolation",
)  # fmt: skip


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unordered_service_keys(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        highest, last = -1, ""
        for pair in service.node.pairs if service.node is not None else ():
            name = pair.key.text
            if is_merge_key(pair.key) or name.startswith("x-"):
                continue
            rank = _ORDER.index(name) if name in _ORDER else len(_ORDER)
            if rank < highest:
                yield Problem(f"`{name}` comes after `{last}`", pair.key.span)
                break
            highest, last = rank, name
