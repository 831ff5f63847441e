"""
RUN needs a shell, and the image has none.

`scratch` is empty: `RUN chmod +x /server` asks for `/bin/sh`, and the build ends with `no such file or directory`.
Files are prepared in a stage above, or by `COPY --chmod` and `--chown`.

Bad:

```dockerfile
FROM golang:1.25 AS build
RUN go build -o /server .

FROM scratch
COPY --from=build /server /server
RUN chmod 0755 /server
ENTRYPOINT ["/server"]
```

Good:

```dockerfile
FROM golang:1.25 AS build
RUN go build -o /server .

FROM scratch
COPY --from=build --chmod=0755 /server /server
ENTRYPOINT ["/server"]
```

## When it is fine

Where a file system with a shell was unpacked or mounted before, nothing is reported: what comes to `/`, `/bin` or `/usr` may have one.
`RUN ["/server", "--check"]` needs no shell.

## Equivalents

tally shell-run-in-scratch.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run


@rule(Build, severity=Severity.ERROR)
def run_in_scratch(build: Build) -> Iterator[Problem]:
    has_shell: set[int] = set()
    for stage in build.stages:
        if not stage.base.is_scratch or stage.stage.is_implied:
            continue
        if stage.parent is not None and stage.parent.index in has_shell:
            has_shell.add(stage.index)
            continue
        destinations = {item.position: item.destination for item in stage.copied}
        copies = {stage.position(copy) for copy in stage.copies}
        for position, instruction in enumerate(stage.instructions):
            shell = instruction.shell[0] if instruction.shell else "/bin/sh"
            if position in copies:
                # A destination that is not known may be any.
                destination = destinations.get(position, "/")
                if _may_hold(destination, shell) or _may_hold(destination, "/usr/bin/sh"):
                    has_shell.add(stage.index)
                    break
            elif isinstance(instruction, Run):
                if _mounts_shell(stage, instruction, shell):
                    continue
                if instruction.exec is None and instruction.line.text.strip() != "RUN":
                    yield Problem(
                        f"there is no `{shell}` in an image from `scratch`",
                        instruction.keyword_span,
                    )


def _may_hold(folder: str, path: str) -> bool:
    """Tell whether something put at *folder* may be, or hold, *path*."""
    path = posixpath.normpath(path) if path.startswith("/") else "/bin/sh"
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _mounts_shell(stage: StageFacts, run: Run, shell: str) -> bool:
    for mount in run.mounts if run.flags else ():
        target = absolute(mount.target or "/", stage.workdir_at(run))
        if _may_hold(target, shell) or _may_hold(target, "/usr/bin/sh"):
            return True
    return False
