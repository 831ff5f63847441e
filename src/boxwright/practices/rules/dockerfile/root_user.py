"""
The last USER is root.

Whoever breaks into the process has all of the container, and where the container is given a socket, a device or a folder of the host, that too.
A model server loads files that others made and parses what strangers send: it is the process to expect it of.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
RUN useradd --uid 1000 app
USER root
RUN apt-get update
CMD ["python", "serve.py"]
```

```dockerfile
FROM quay.io/jupyter/base-notebook:2024-10-07
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git
```

Good:

```dockerfile
FROM quay.io/jupyter/base-notebook:2024-10-07
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git
USER 1000
```

```dockerfile
FROM debian:12-slim AS build
USER root
RUN make

FROM debian:12-slim
COPY --from=build /srv/app /srv/app
USER 65532:65532
```

## When it is fine

Where an entrypoint prepares something as root and goes on as somebody else with `gosu`, `su-exec` or `setpriv`: if that can be seen, nothing is reported.
An image in which every build starts, and nothing else, can be root; say so in a comment beside the suppression.

A `USER` that is nowhere is `missing-user`.

## Fix

The user that was in force before, one that the Dockerfile makes, that of the base image, or a new one, `65532`, becomes the last. Unsafe: what the process writes has to belong to it.

## Settings

`strict`: report the last `USER` of every stage, also of those that do not ship.

## Equivalents

hadolint DL3002, checkov CKV_DOCKER_8, trivy DS-0002, dockle CIS-DI-0001, KICS "Last User Is 'root'", semgrep last-user-is-root.

hadolint judges the last `USER` of every stage; this rule judges the one that containers run as, unless it is told to be `strict`.
checkov only knows `root` itself, not `0` or `root:root`.
This rule also reads `USER $NAME` where the Dockerfile says what the variable holds, and `"root"` in quotes.

## References

Best practices guide, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.practices.unprivileged_user import drops_root, running, unprivileged_fix


@rule(Build, severity=Severity.WARNING, options={"strict": False})
def root_user(build: Build) -> Iterator[Problem]:
    final = build.final
    if build.options["strict"]:
        for stage in build.stages:
            if stage is not final:
                yield from _problem(build, stage)
    if final is not None and not final.stage.is_windows and not drops_root(final):
        yield from _problem(build, final)


def _problem(build: Build, stage: StageFacts) -> Iterator[Problem]:
    user = stage.user
    if not user.is_root or user.instruction is None or user.instruction.user is None:
        return
    if user.instruction.stage is not stage.stage and build.options["strict"]:
        # It is reported where it stands.
        return
    is_final = stage is build.final
    yield Problem(
        message=f"{running(stage)} as root: the last `USER` is `{user.name}`"
        if is_final
        else f"the last user of this stage is `{user.name}`",
        span=user.instruction.user.span,
        fix=unprivileged_fix(build, stage, user.instruction) if is_final else None,
    )
