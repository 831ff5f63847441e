"""
ONBUILD has an instruction that it may not have.

`ONBUILD ONBUILD`, `ONBUILD FROM` and `ONBUILD MAINTAINER` are refused by the builder.

Bad:

```dockerfile
FROM python:3.12-slim
ONBUILD FROM debian:12
```

Good:

```dockerfile
FROM python:3.12-slim
ONBUILD COPY requirements.txt /app/
```

## Equivalents

hadolint DL3043.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Onbuild


@rule(Build, severity=Severity.ERROR)
def invalid_onbuild(build: Build) -> Iterator[Problem]:
    for onbuild in build.dockerfile.of(Onbuild):
        inner = onbuild.arguments.text.split(maxsplit=1)
        keyword = inner[0].upper() if inner else ""
        if keyword in ("ONBUILD", "FROM", "MAINTAINER"):
            yield Problem(
                message=f"`ONBUILD` may not have `{keyword}`",
                span=onbuild.arguments.span(0, len(inner[0])),
            )
