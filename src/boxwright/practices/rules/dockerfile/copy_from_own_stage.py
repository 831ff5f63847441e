"""
A stage copies from itself.

`--from` takes files from the image that a stage ends with, and this one has not ended: the builder refuses the circle.
Within a stage, `RUN cp` or `RUN mv` does it; mostly another stage is meant.

Bad:

```dockerfile
FROM python:3.12 AS builder
RUN python -m venv /opt/venv
COPY --from=builder /opt/venv /venv
```

Good:

```dockerfile
FROM python:3.12 AS builder
RUN python -m venv /opt/venv

FROM python:3.12
COPY --from=builder /opt/venv /opt/venv
```

## Equivalents

hadolint DL3023, trivy DS-0006, KICS "COPY '--from' References Current FROM Alias".

A stage that calls itself by its number is found too.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_references import stage_references
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Copy


@rule(Build, severity=Severity.ERROR)
def copy_from_own_stage(build: Build) -> Iterator[Problem]:
    for reference in stage_references(build):
        if (
            isinstance(reference.instruction, Copy)
            and not reference.stage.stage.is_implied
            and reference.target is reference.stage
        ):
            yield Problem(f"`{reference.name}` is the stage that this stands in", reference.span)
