r"""
Wheels are copied from another stage to be installed.

The wheels stay in the layer of `COPY`, beside what was installed from them. `rm -rf /wheels` in the `RUN` behind it hides them and does not give the space back.
A bind mount shows them to the one `RUN` that needs them.

Bad:

```dockerfile
FROM python:3.12 AS build
RUN pip wheel --no-cache-dir --wheel-dir /wheels numpy==2.2.1

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/* && rm -rf /wheels
```

Good:

```dockerfile
FROM python:3.12 AS build
RUN pip wheel --no-cache-dir --wheel-dir /wheels numpy==2.2.1

FROM python:3.12-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-cache-dir /wheels/*
```

## When it is fine

In a stage that does not ship.

## Fix

The `COPY` becomes a bind mount of the `RUN`, and the `rm` goes. Safe.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.files import removal
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.reordering import destination_of, is_below
from boxwright.practices.rule import Problem, rule
from boxwright.practices.run_edits import without_command, without_lines
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Copy, Run
from boxwright.syntax.shell.command import Command
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def wheels_copied_then_removed(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        for copy in stage.of(Copy)[:_MOST]:
            if copy.from_ is None:
                continue
            folder = destination_of(stage, copy)
            name = posixpath.basename(copy.sources[0].value) if copy.sources else ""
            into_folder = copy.destination is not None and copy.destination.value.endswith("/")
            if folder is not None and name.endswith(".whl") and into_folder:
                folder = f"{folder.rstrip('/')}/{name}"
            if folder is None or folder == "/" or not _may_be_wheels(copy):
                continue
            uses = _uses(stage, copy, folder)
            if not any(use.installs for use in uses):
                continue
            where = f"`{name}` stays" if name.endswith(".whl") else f"the wheels in `{folder}` stay"
            yield Problem(
                message=f"{where} in this layer after the installation",
                span=copy.span,
                fix=_fix(stage, copy, folder, uses),
            )


class _Use(NamedTuple):
    run: Run
    command: Command
    installs: bool
    removes: bool


def _may_be_wheels(copy: Copy) -> bool:
    text = " ".join(word.value for word in copy.words).lower()
    return "wheel" in text or ".whl" in text


_MOST = 50


def _uses(stage: StageFacts, copy: Copy, folder: str) -> list[_Use]:
    """Return the commands behind *copy* that name *folder*."""
    found = []
    last = posixpath.basename(folder).partition("*")[0]
    for run in stage.runs:
        if stage.position(run) < stage.position(copy):
            continue
        if not run.heredocs and last not in run.line.text:
            continue
        workdir = stage.workdir_at(run)
        for command in run.commands:
            names = [
                word
                for word in command.arguments
                if is_below(absolute(word.value.rpartition("=")[2], workdir), folder)
                and word.value.rpartition("=")[2][:1] in {"/", "."}
            ]
            if not names:
                continue
            pip, uv = pip_command(command), uv_command(command)
            installs = (pip is not None and pip.action == "install") or (
                uv is not None and uv.action == "pip install"
            )
            found.append(_Use(run, command, installs, removal(command) is not None))
    return found


def _fix(stage: StageFacts, copy: Copy, folder: str, uses: list[_Use]) -> Fix | None:
    runs = list(dict.fromkeys(use.run for use in uses if use.installs))
    later = [each for each in stage.instructions if stage.position(each) > stage.position(copy)]
    mentions = [each for each in later if folder in each.line.text]
    if len(runs) != 1 or len(copy.sources) != 1 or copy.from_ is None or "$" in copy.from_.value:
        return None
    if copy.from_.value.isdecimal():
        # A mount takes a number for the name of an image.
        return None
    if not copy.sources[0].value.startswith("/") or set("*? $").intersection(copy.sources[0].value):
        return None
    if any(each not in {use.run for use in uses} for each in mentions):
        return None
    if "." in posixpath.basename(copy.sources[0].value):
        return None
    run = runs[0]
    source = copy.sources[0].value.rstrip("/")
    mount = f"--mount=type=bind,from={copy.from_.value},source={source},target={folder}"
    edits = [without_lines(copy), Edit.insert(run.keyword_span.end, f" {mount}")]
    changes = ["-COPY"]
    for use in uses:
        if use.installs:
            continue
        if not use.removes:
            return None
        removed = [word for word in use.command.arguments if not word.value.startswith("-")]
        if len(removed) == 1:
            change = without_command(use.run, use.command)
            if change is None:
                return None
            edits.append(change[0])
            changes += ["-RUN"] if change[1] else []
        else:
            word = next(
                each
                for each in removed
                if is_below(absolute(each.value, stage.workdir_at(use.run)), folder)
            )
            if copy.source.text[word.span.start - 1] != " ":
                return None
            edits.append(Edit(word.span.start - 1, word.span.end, ""))
    return Fix(
        title="Mount the wheels instead of copying them",
        edits=tuple(edits),
        applicability=Applicability.SAFE,
        changes=tuple(changes),
    )
