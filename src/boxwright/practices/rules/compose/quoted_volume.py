"""
A volume is in quotes that it does not need.

Quotes make some lines of a list look different from the others, and mean nothing: a path is text to every reader.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    volumes:
      - "./models:/models:ro"
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    volumes:
      - ./models:/models:ro
```

## When it is fine

It is taste; this rule is off unless it is asked for. Quotes that are needed are not reported.

## Fix

The quotes are removed. Safe: it says the same.

## Equivalents

dclint no-quotes-in-volumes.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import Scalar
from boxwright.syntax.yaml.written import quoted
from boxwright.text.edit import Edit


@rule(ComposeFile, severity=Severity.INFO, default=False)
def quoted_volume(file: ComposeFile) -> Iterator[Problem]:
    seen = set()
    for service in file.services:
        for node in service.items("volumes"):
            if not isinstance(node, Scalar) or node.style not in {"'", '"'} or id(node) in seen:
                continue
            seen.add(id(node))
            if (
                quoted(node.text, in_flow=node.in_flow) != node.text
                or node.source is not file.source
            ):
                continue
            edit = Edit(node.content_start, node.end, node.text)
            fix = Fix("Remove the quotes", (edit,), Applicability.SAFE)
            yield Problem(f"`{node.text}` needs no quotes", node.span, fix)
