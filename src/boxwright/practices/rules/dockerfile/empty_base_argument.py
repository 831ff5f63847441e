"""
Without build arguments the base image has no valid name.

`docker build .` then fails with `base name should not be blank` or `invalid reference format`, and so does every tool that reads the file: update bots and scanners do not know the base.
A default in the `ARG` mends it, and still can be overridden.

Bad:

```dockerfile
ARG PYTHON_VERSION
FROM python:${PYTHON_VERSION}
```

```dockerfile
ARG REGISTRY=
FROM ${REGISTRY}/python:3.12-slim
```

Good:

```dockerfile
ARG PYTHON_VERSION=3.12
FROM python:${PYTHON_VERSION}-slim
```

```dockerfile
ARG REGISTRY=docker.io/library
FROM ${REGISTRY}/python:3.12-slim
```

## When it is fine

Where somebody has to decide: an `ARG` without any default may say that, so it is an `info`. A default that is there and gives no name is a warning.

## Equivalents

BuildKit InvalidDefaultArgInFrom.

BuildKit also reports variables that no `ARG` declares; here they are `undeclared-argument-in-from`.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import From
from boxwright.syntax.dockerfile.scopes import Value, global_environment
from boxwright.syntax.dockerfile.variables import expand


@rule(Build, severity=Severity.WARNING)
def empty_base_argument(build: Build) -> Iterator[Problem]:
    uses = [from_ for from_ in build.of(From) if "$" in from_.image.raw]
    if not uses:
        return
    environment = global_environment(build.dockerfile.instructions, build.arguments)
    values = {name: _value(value) for name, value in environment.items()}
    stages = {stage.name.lower() for stage in build.stages if stage.name}
    said: set[str] = set()
    for from_ in uses:
        expanded = expand(from_.image.raw, values, from_.escape)
        names = {use.name for use in expanded.names}
        # One that is not declared is for `undeclared-argument-in-from`.
        if expanded.value is None or not names <= environment.keys() or _is_image(expanded.value):
            continue
        # Names of stages may be written in any case.
        if expanded.value.lower() in stages or from_.image.raw in said:
            continue
        said.add(from_.image.raw)
        missing = sorted(name for name in names if environment[name].is_argument_without_default)
        if missing:
            listed = ", ".join(f"`{name}`" for name in missing)
            yield Problem(
                message=f"unless {listed} is given, the base image is `{expanded.value}`"
                if expanded.value
                else f"unless {listed} is given, the base image has no name",
                span=from_.image.span,
                severity=Severity.INFO,
            )
        else:
            yield Problem(
                f"by default the base image is `{expanded.value}`, which is no name of an image"
                if expanded.value
                else "by default the base image has no name",
                from_.image.span,
            )


def _value(value: Value) -> str | None:
    return "" if value.is_argument_without_default else value.value


def _is_image(text: str) -> bool:
    from boxwright.errors import StoreError
    from boxwright.oci.reference import parse_reference

    try:
        parse_reference(text)
    except StoreError:
        return False
    return True
