r"""
apt's package lists stay in the layer.

`apt-get update` fetches 20 to 50 MB of lists.
Whoever installs something later fetches them again, since they are old by then, so nothing ever reads those in the layer.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
```

```dockerfile
FROM debian:13-slim
RUN --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends libgomp1
```

## When it is fine

In a stage that does not ship nobody stores the layer, and nothing is reported. A `rm` in a later `RUN` frees nothing.

## Fix

`rm -rf /var/lib/apt/lists/*` is added behind the last command of apt in that RUN. Safe.

## Equivalents

hadolint DL3009, dockle DKL-DI-0005, KICS "Apt Get Install Lists Were Not Deleted", semgrep remove-package-lists.

A cache mount at `/var/cache/apt` holds the archives and not the lists, so it does not count, as in hadolint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import LeftCache, left_caches, put_behind
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

_CLEANER = "rm -rf /var/lib/apt/lists/*"


@rule(Build, severity=Severity.WARNING)
def apt_lists_in_layer(build: Build) -> Iterator[Problem]:
    done: set[int] = set()
    for left in left_caches(build, "apt lists"):
        if left.run.span.start in done:
            continue
        done.add(left.run.span.start)
        is_needed = _is_needed_later(left)
        if is_needed and not any(_installs(command) for command in left.run.commands):
            # `apt-update-alone` says so.
            continue
        yield Problem(
            message="the package lists that apt fetches stay in this layer",
            span=left.command.span,
            fix=None if is_needed else _fix(left),
        )


def _is_needed_later(left: LeftCache) -> bool:
    """Tell whether a later RUN of the stage installs from the lists of this one."""
    for run in left.stage.runs:
        if left.stage.position(run) <= left.stage.position(left.run):
            continue
        for command in run.commands:
            apt = apt_command(command)
            if apt is not None and apt.action == "update":
                return False
            if _installs(command):
                return True
    return False


def _installs(command: Command) -> bool:
    apt = apt_command(command)
    return apt is not None and apt.action in {
        "install",
        "build-dep",
        "source",
        "download",
        "upgrade",
    }


def _fix(left: LeftCache) -> Fix | None:
    last = [command for command in left.run.commands if apt_command(command) is not None][-1]
    edit = put_behind(last, left.run, _CLEANER)
    if edit is None or last.conditional:
        return None
    return Fix(title=f"Add `{_CLEANER}`", edits=(edit,), applicability=Applicability.SAFE)
