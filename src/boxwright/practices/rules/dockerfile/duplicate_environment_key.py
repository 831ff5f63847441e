r"""
A variable is set twice in one ENV or LABEL.

The later value wins and nobody is told, so one of the two is a mistake.

Bad:

```dockerfile
FROM python:3.12-slim
ENV OMP_NUM_THREADS=1 \
    OMP_NUM_THREADS=4
```

Good:

```dockerfile
FROM python:3.12-slim
ENV OMP_NUM_THREADS=4
```

## When it is fine

In two instructions a variable may well change between two steps, which is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env, Label


@rule(Build, severity=Severity.WARNING)
def duplicate_environment_key(build: Build) -> Iterator[Problem]:
    for instruction in (*build.of(Env), *build.of(Label)):
        seen: set[str] = set()
        for pair in instruction.pairs:
            if pair.name.value in seen:
                yield Problem(
                    message=f"`{pair.name.value}` is set twice in this `{instruction.keyword}`",
                    span=pair.span,
                )
            seen.add(pair.name.value)
