"""
The ports of a service are in no order.

In a long list, one that stands where its number says is found without a search, and one that is there twice is seen.

Bad:

```yaml
services:
  web:
    image: nginx:1.27
    ports: ["443:443", "80:80"]
```

Good:

```yaml
services:
  web:
    image: nginx:1.27
    ports: ["80:80", "443:443"]
```

## When it is fine

It is taste; this rule is off unless it is asked for.

## Equivalents

dclint service-ports-alphabetical-order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unordered_ports(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        known = [
            (port, numbers.start)
            for port in service.ports
            if (numbers := port.published_ports if port.published else port.target_ports)
        ]
        for (_, above), (port, number) in pairwise(known):
            if number < above:
                yield Problem(f"port {number} comes after {above}", service.span_of(port.node))
