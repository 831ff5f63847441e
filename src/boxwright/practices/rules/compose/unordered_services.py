"""
The services are not in alphabetical order.

In a long file, a service that stands where its name says is found without a search.

Bad:

```yaml
services:
  web:
    image: nginx:1.27
  api:
    image: example/api:1.4
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
  web:
    image: nginx:1.27
```

## When it is fine

It is taste, and an order in which they need each other may tell more; this rule is off unless it is asked for.

## Equivalents

dclint services-alphabetical-order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unordered_services(file: ComposeFile) -> Iterator[Problem]:
    for above, service in pairwise(file.services):
        if service.name < above.name:
            yield Problem(f"`{service.name}` comes after `{above.name}`", service.span)
