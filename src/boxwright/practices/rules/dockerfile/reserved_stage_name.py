"""
A stage has a name that means something else.

`scratch` is the empty image, and `context` the files that are sent to the build.
A stage of that name cannot be told from them, and `FROM scratch` below it starts from the stage.

Bad:

```dockerfile
FROM python:3.12 AS context
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=context /srv /srv
```

Good:

```dockerfile
FROM python:3.12 AS packages
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=packages /srv /srv
```

## Equivalents

hadolint DL3063, BuildKit ReservedStageName.

As in BuildKit, capitals make no difference: `AS Scratch` is found, which hadolint lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_RESERVED = {
    "scratch": "is the name of the empty image",
    "context": "is the name of the build context",
}


@rule(Build, severity=Severity.ERROR)
def reserved_stage_name(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        name = stage.stage.from_.name
        if name is not None and stage.name in _RESERVED:
            yield Problem(f"`{name.raw}` {_RESERVED[stage.name]}", name.span)
