"""
What a service depends on is in no order.

Compose waits for all of them, in whatever order they are.
In a long list, one that stands where its name says is found without a search.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on: [redis, db]
  db:
    image: postgres:16.6
  redis:
    image: redis:7.4
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    depends_on: [db, redis]
  db:
    image: postgres:16.6
  redis:
    image: redis:7.4
```

## When it is fine

It is taste; this rule is off unless it is asked for.

## Equivalents

dclint service-dependencies-alphabetical-order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import Mapping, Scalar, as_list


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unordered_dependencies(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        node = service.node.get("depends_on") if service.node is not None else None
        names = [pair.key for pair in node.pairs] if isinstance(node, Mapping) else []
        names += [item for item in as_list(node) if isinstance(item, Scalar)]
        for above, name in pairwise(names):
            if name.text < above.text:
                message = f"`{name.text}` comes after `{above.text}`"
                yield Problem(message, service.span_of(name))
