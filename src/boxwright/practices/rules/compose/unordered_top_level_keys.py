"""
The top-level keys are in no order that a reader expects.

The order is: extensions (`x-…`), which what follows refers to, `version`, `name`, `include`, `services`, `networks`, `volumes`, `secrets`, `configs`.

Bad:

```yaml
volumes:
  data:
services:
  api:
    image: example/api:1.4
```

Good:

```yaml
name: sentiment
services:
  api:
    image: example/api:1.4
volumes:
  data:
```

## When it is fine

It is taste; this rule is off unless it is asked for.

## Equivalents

dclint top-level-properties-order.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule

_ORDER = (
    "version", "name", "include", "services", "networks", "volumes", "secrets", "configs",
)  # fmt: skip


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unordered_top_level_keys(file: ComposeFile) -> Iterator[Problem]:
    highest, last = -2, ""
    for pair in file.compose.root.pairs if file.compose.root is not None else ():
        name = pair.key.text
        rank = _ORDER.index(name) if name in _ORDER else len(_ORDER)
        rank = -1 if name.startswith("x-") else rank
        if rank < highest:
            yield Problem(f"`{name}` comes after `{last}`", pair.key.span)
        else:
            highest, last = rank, name
