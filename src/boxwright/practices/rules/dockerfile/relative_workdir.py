"""
WORKDIR is relative.

A relative path is added to the `WORKDIR` before it, and to that of the base image where there is none:
the base decides where the application lies, and its next version may decide otherwise.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR app
COPY . .
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
```

```dockerfile
FROM python:3.12-slim
WORKDIR /srv
WORKDIR api
```

## When it is fine

Below an absolute `WORKDIR` of the same file a relative one is as sure as that, and not reported.

## Fix

A slash is put in front where the stage has no other `WORKDIR`. Unsafe: the base image may have a `WORKDIR` of its own that was meant.

## Equivalents

hadolint DL3000, BuildKit WorkdirRelativePath, checkov CKV_DOCKER_10, trivy DS-0009, KICS "WORKDIR Path Not Absolute".

hadolint, checkov and trivy report a relative path below an absolute one too; BuildKit and this rule do not.
The setting `strict` makes this rule do as they do.

## Settings

`strict`: report every relative path.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Workdir
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING, options={"strict": False})
def relative_workdir(build: Build) -> Iterator[Problem]:
    anchored: set[int | None] = set()
    for workdir in build.of(Workdir):
        stage = workdir.stage
        if workdir.path is None:
            continue
        if not _is_relative(workdir.path.value):
            anchored.add(stage.index if stage else None)
            continue
        above = stage.chain() if stage else ()
        below_absolute = any(item.index in anchored for item in above) or (
            stage is None and None in anchored
        )
        if below_absolute and not build.options["strict"]:
            continue
        yield Problem(
            message=f"`WORKDIR {workdir.path.raw}` depends on the working directory of the base",
            span=workdir.path.span,
            fix=None
            if below_absolute or workdir.path.value in {".", "./"}
            else Fix(
                title=f"Write `/{workdir.path.value.removeprefix('./')}`",
                edits=(_absolute(workdir),),
                applicability=Applicability.UNSAFE,
            ),
        )


def _absolute(workdir: Workdir) -> Edit:
    assert workdir.path is not None  # noqa: S101 (its caller has seen it)
    start = workdir.path.span.start
    inside = 1 if workdir.path.raw[:1] in "\"'" else 0
    dots = 2 if workdir.path.value.startswith("./") else 0
    return Edit(start + inside, start + inside + dots, "/")


def _is_relative(path: str) -> bool:
    # A variable may hold an absolute path, and a drive letter is Windows'.
    return bool(path) and not path.startswith(("/", "$", "\\")) and path[1:2] != ":"
