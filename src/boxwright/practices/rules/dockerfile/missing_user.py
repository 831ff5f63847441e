r"""
Nothing says which user the container runs as, so it is root.

Without `USER` the base image decides, and nearly all of them leave it at root.
What breaks out of the process, by a parser's bug or a pickled model, then has root's rights over every mounted folder and device.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY serve.py .
CMD ["python", "serve.py"]
```

```dockerfile
FROM alpine:3.20
COPY server /usr/local/bin/
ENTRYPOINT ["server"]
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
RUN groupadd --gid 65532 app \
    && useradd --no-log-init --create-home --uid 65532 --gid 65532 app
COPY serve.py .
USER 65532:65532
CMD ["python", "serve.py"]
```

```dockerfile
FROM quay.io/jupyter/base-notebook:2024-10-07
RUN pip install --no-cache-dir polars==1.9.0
```

## When it is fine

Images such as `quay.io/jupyter/*` and `gcr.io/distroless/*:nonroot` have a user of their own, the databases' step down by themselves, and an entrypoint may do so with `gosu`: nothing is reported where that is known.
Of a base that is not known the finding is an `info`: it may well have a user.
GitHub asks that the image of an action has no `USER`: beside an `action.yml` nothing is reported.
An image from `scratch` that starts nothing is only a package of files, and not reported.

`USER root` is `root-user`, and a user that is made but not set `user-created-not-used`: either is reported in place of this.

## Fix

The user `65532` is made, given the working directory and the folders that variables such as `HF_HOME` name, and set before the start command. Unsafe: whatever else the process writes has to belong to it. There is none where the working directory or a folder of `PATH` is in `/root`, which others cannot enter.

## Equivalents

checkov CKV_DOCKER_3, trivy DS-0002, dockle CIS-DI-0001, KICS "Missing User Instruction", semgrep missing-user, missing-user-entrypoint.

These report every file without a `USER`, whatever its base image is. hadolint has no such rule: its DL3002 needs a `USER root`.

## References

Best practices guide, MLSecOps, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.unprivileged_user import (
    drops_root,
    idle_user,
    running,
    shown,
    unprivileged_fix,
)
from boxwright.syntax.dockerfile.instructions import User


@rule(Build, severity=Severity.WARNING)
def missing_user(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or final.stage.is_implied or final.stage.is_windows:
        return
    user = final.user
    base = final.base
    if any(stage.of(User) for stage in final.chain) or user.is_root is False:
        return
    if _is_action(build):
        return
    if idle_user(build) is not None:
        # `user-created-not-used` says so where the user is made.
        return
    from_ = final.stage.from_
    if user.is_root is None:
        # An ARG that somebody has to give names the base: nothing at all is known.
        if base.reference is not None and base.facts is None and not drops_root(final):
            yield Problem(
                message=f"{running(final, may=True)} as root:"
                f" no `USER` is set, and whether `{shown(base)}` has one is not known",
                span=from_.image.span,
                severity=Severity.INFO,
            )
        return
    if base.is_scratch and final.cmd is None and final.entrypoint is None:
        return
    if not drops_root(final):
        yield Problem(
            message=f"{running(final)} as root: no `USER` is set, and `{shown(base)}` has none",
            span=from_.image.span,
            fix=unprivileged_fix(build, final, None),
        )


def _is_action(build: Build) -> bool:
    """Tell whether the image is that of an action of GitHub, which has to run as root."""
    folder = posixpath.dirname(build.path)
    return build.context is not None and any(
        "docker" in (build.context.read_text(posixpath.join(folder, name)) or "")
        for name in ("action.yml", "action.yaml")
    )
