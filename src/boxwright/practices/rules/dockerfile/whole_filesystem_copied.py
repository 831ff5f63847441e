"""
COPY --from takes the whole file system of a stage.

Everything comes along: the compilers and caches that the stage was made to keep out, its `/etc/passwd`, its package database, and `/root` with what tools left there.
`.` is the whole of it too, since sources after `--from` are relative to `/`.

Bad:

```dockerfile
FROM python:3.12 AS builder
RUN pip install --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=builder / /
```

Good:

```dockerfile
FROM python:3.12 AS builder
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=builder /opt/venv /opt/venv
```

## When it is fine

A stage from `scratch`, or an image that is made to be copied, has nothing but the files that are wanted: of those, and of images that are not known, nothing is reported.

## Equivalents

hadolint DL3067.

hadolint wants the destination to be `/` as well, and looks at stages only; here a known base image (`--from=debian:12`) counts too, and a stage from `scratch` does not.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_references import StageReference, stage_references
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Copy


@rule(Build, severity=Severity.WARNING)
def whole_filesystem_copied(build: Build) -> Iterator[Problem]:
    for reference in stage_references(build):
        copy = reference.instruction
        if not isinstance(copy, Copy) or copy.parents is not None:
            continue
        for word in copy.sources:
            if not word.value or posixpath.normpath(word.value.rstrip("/") or "/") not in (
                "/",
                ".",
            ):
                continue
            if _has_system(reference):
                yield Problem(f"all of `{reference.name}` is copied, from `/` on", word.span)
                break


def _has_system(reference: StageReference) -> bool:
    """Tell whether what is copied is, for certain, more than a package of files."""
    target = reference.target
    if target is None:
        return BaseImage(reference.name).facts is not None
    if target.base.is_scratch:
        return False
    return target.base.facts is not None or any(stage.runs for stage in target.chain)
