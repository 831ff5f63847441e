"""
A port is not in quotes.

Readers of YAML 1.1 take two numbers below 60 with a colon between them for a number in base 60: `22:22` is 1342.
Quotes keep it the text that it is for every reader.

Bad:

```yaml
services:
  git:
    image: example/git:1.4
    ports:
      - 22:22
```

Good:

```yaml
services:
  git:
    image: example/git:1.4
    ports:
      - "22:22"
```

## When it is fine

Other ports than those that are read wrongly are an `info`: it is easier to quote all of them.

## Fix

Quotes are put around it. Safe: it says the same.

## Equivalents

dclint require-quotes-in-ports.

dclint wants single quotes unless it is told otherwise; here either will do.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import is_own
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import Scalar
from boxwright.text.edit import Edit


@rule(ComposeFile, severity=Severity.WARNING)
def unquoted_port(file: ComposeFile) -> Iterator[Problem]:
    seen = set()
    for service in file.services:
        for node in service.items("ports"):
            if not isinstance(node, Scalar) or node.style or id(node) in seen:
                continue
            seen.add(id(node))
            is_here = node.source is file.source and not node.tag and not node.anchor
            fix = None
            if is_here and not node.is_shared and is_own(service, "ports"):
                edit = Edit(node.content_start, node.end, f'"{node.text}"')
                change = f"services.{service.key.text}.ports"
                fix = Fix("Put it in quotes", (edit,), Applicability.SAFE, (change,))
            if _is_read_wrongly(node.text):
                message = f"`{node.text}` is one number for readers of YAML 1.1"
                yield Problem(message, service.span_of(node), fix)
            else:
                message = f"the port `{node.text}` has no quotes"
                yield Problem(message, service.span_of(node), fix, Severity.INFO)


def _is_read_wrongly(text: str) -> bool:
    parts = text.split(":")
    return (
        len(parts) > 1
        and all(
            part.isdecimal() and len(part) < (6 if at == 0 else 3) for at, part in enumerate(parts)
        )
        and all(int(part) < 60 for part in parts[1:])
    )
