"""
Two stages have the same name.

`COPY --from=build` and `--target build` then mean the last of them, and `FROM build` the last above it: moving a stage changes what is copied, without an error.
Capitals make no difference between names.

Bad:

```dockerfile
FROM python:3.12 AS build
RUN pip wheel --wheel-dir /wheels torch==2.9.1

FROM node:22-slim AS build
RUN npm run build

FROM python:3.12-slim
COPY --from=build /wheels /wheels
```

Good:

```dockerfile
FROM python:3.12 AS wheels
RUN pip wheel --wheel-dir /wheels torch==2.9.1

FROM node:22-slim AS pages
RUN npm run build

FROM python:3.12-slim
COPY --from=wheels /wheels /wheels
```

## Equivalents

hadolint DL3024, BuildKit DuplicateStageName, checkov CKV_DOCKER_11, trivy DS-0012, KICS "Same Alias In Different Froms".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.ERROR)
def duplicate_stage_name(build: Build) -> Iterator[Problem]:
    lines: dict[str, int] = {}
    for stage in build.stages:
        name = stage.stage.from_.name
        if name is None:
            continue
        if stage.name in lines:
            yield Problem(
                f"the stage of line {lines[stage.name]} is called `{stage.name}` too", name.span
            )
        lines.setdefault(stage.name, stage.stage.from_.first_line)
