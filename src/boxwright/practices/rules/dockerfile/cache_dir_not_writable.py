"""
A cache is put where its user may not write.

`HF_HOME=/models` helps nobody if `/models` is root's and the container runs as somebody else: the first download ends with a `PermissionError`, after the image was built without a complaint.
`/root` cannot even be entered by others.

Bad:

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home --uid 10001 app
ENV HF_HOME=/models
USER 10001
```

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home app
ENV TORCH_HOME=/root/.cache/torch
USER app
```

Good:

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home --uid 10001 app
ENV HF_HOME=/models
RUN mkdir -p /models && chown 10001 /models
USER 10001
```

## When it is fine

A cache that the build has filled, and that is only read: nothing is reported where files are copied to it, where a model is downloaded to it, or with `HF_HUB_OFFLINE=1`.

## Fix

A `RUN` before the `USER` makes the folder and hands it over. Safe.
For a folder in `/root` there is none: choose another.

## References

Containers for ML, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.user_folders import closed_caches, is_plain_path, is_within
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import User


@rule(Build, severity=Severity.WARNING)
def cache_dir_not_writable(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.user.is_root is not False:
        return
    for name, pair, path in closed_caches(stage, stage.user):
        yield Problem(
            message=f"`{stage.user.name}` may not write to `{path}`, where `{name}` points",
            span=pair.value.span,
            fix=_fix(build, stage, path),
        )


def _fix(build: Build, stage: StageFacts, path: str) -> Fix | None:
    instruction: User | None = stage.user.instruction
    if instruction is None or instruction.stage is not stage.stage or is_within(path, "/root"):
        return None
    user = instruction.user
    if user is None or "$" in user.raw or not is_plain_path(path):
        return None
    before = stage.user_at(instruction)
    if before.is_root is not True or stage.base.facts is None:
        return None
    first = instruction.comments[0].line if instruction.comments else instruction.first_line
    run = keyword("RUN", build.dockerfile)
    text = f"{run} mkdir -p {path} && chown {user.value} {path}{build.source.newline}"
    return Fix(
        title=f"Make `{path}` and give it to `{user.value}`",
        edits=(Edit.insert(build.source.line_span(first).start, text),),
        applicability=Applicability.SAFE,
        changes=("+RUN",),
    )
