"""
What a service prints is thrown away.

With the driver `none` there is nothing to look at when a service has failed, and no trace of who asked it for what.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    logging:
      driver: none
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    logging:
      driver: local
      options:
        max-size: 10m
```

## When it is fine

A service that writes its log elsewhere itself, and prints nothing else.

## Fix

The driver becomes `local`, which keeps 100 MB of each container at the most. Unsafe: it uses that space.

## Equivalents

compose-lint CL-0014.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import set_key
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.WARNING)
def logging_disabled(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        if (service.text("logging", "driver") or "").lower() != "none":
            continue
        fix = set_key(
            file,
            service,
            ("logging", "driver"),
            "local",
            title="Log to `local`",
            applicability=Applicability.UNSAFE,
        )
        span = service.span_of(service.get("logging", "driver"))
        yield Problem(f"the log of `{service.name}` is thrown away", span, fix)
