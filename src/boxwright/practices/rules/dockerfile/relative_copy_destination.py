"""
A file is copied to a relative path, and no WORKDIR says where that is.

Without a `WORKDIR` in the file, the base image decides where the file lands; mostly that is `/`.

Bad:

```dockerfile
FROM python:3.12-slim
COPY serve.py serve.py
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY serve.py serve.py
```

```dockerfile
FROM python:3.12-slim
COPY serve.py /app/serve.py
```

## When it is fine

A stage that is made from another stage with a `WORKDIR` has that one.
From `scratch` nothing else can be meant than the root, and nothing is reported.
A stage is reported once, at its first such path.

## Equivalents

hadolint DL3045.

hadolint reports stages from `scratch` as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy, Instruction, Stage, Workdir
from boxwright.syntax.dockerfile.words import Word


@rule(Build, severity=Severity.WARNING)
def relative_copy_destination(build: Build) -> Iterator[Problem]:
    found: dict[int, list[Word]] = {}
    for copy in sorted((*build.of(Copy), *build.of(Add)), key=_place):
        target = copy.destination
        if target is None or _is_absolute(target.value):
            continue
        if not _has_workdir(copy.stage, copy.span.start):
            found.setdefault(copy.stage.index if copy.stage else -1, []).append(target)
    for first, *others in found.values():
        more = f" and {len(others)} more destinations are" if others else " is"
        yield Problem(
            message=f"`{first.value}`{more} relative, and no `WORKDIR` of this stage says to what",
            span=first.span,
        )


def _place(copy: Instruction) -> int:
    return copy.span.start


def _has_workdir(stage: Stage | None, before: int) -> bool:
    if stage is None:
        return False
    chain = tuple(stage.chain())
    if chain[-1].from_.image.value == "scratch":
        # No base image can have set one.
        return True
    return any(workdir.span.start < before for item in chain for workdir in item.of(Workdir))


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "$", "\\")) or path[1:2] == ":"
