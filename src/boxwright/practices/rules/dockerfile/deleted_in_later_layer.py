r"""
What an earlier instruction put into the image is removed by a later one.

A layer holds what its instruction changed. A later layer can hide a file, and that is all: it is stored, pushed and pulled as before, and anyone with the image can read it.

Bad:

```dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends build-essential
RUN pip install --no-cache-dir pycuda==2024.1.2
RUN apt-get purge -y build-essential
```

```dockerfile
FROM python:3.12-slim
RUN git clone --depth 1 --branch v1.2 https://example.com/tool.git /tmp/tool
RUN pip install --no-cache-dir /tmp/tool
RUN rm -rf /tmp/tool
```

Good:

```dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends build-essential \
    && pip install --no-cache-dir pycuda==2024.1.2 \
    && apt-get purge -y --auto-remove build-essential
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=bind,source=tool,target=/tmp/tool pip install --no-cache-dir /tmp/tool
```

## When it is fine

Files that are known to be small, and scripts and settings by their names, are not reported, nor is anything in stages that do not ship.
Caches, archives, wheels and credentials have rules of their own.

## Fix

None: what is needed where, only its author knows.
A bind mount, a stage of its own, or one `RUN` for all three steps does it.

## References

Best practices guide, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.layers import Layers, Made, is_slight, readable
from boxwright.practices.programs.archives import is_archive
from boxwright.practices.programs.files import covers, directories, removal
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.reordering import is_below
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def deleted_in_later_layer(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        layers = Layers(stage)
        for run in stage.runs:
            where = directories(run.commands, stage.workdir_at(run))
            made: list[Made] | None = None
            for command, folder in zip(run.commands, where, strict=True):
                yield from _packages(stage, run, command)
                removed = removal(command) if command.program in {"rm", "rmdir"} else None
                if removed is None:
                    continue
                made = layers.before(run) if made is None else made
                for word in removed.paths:
                    path = word.value
                    if set("$`~").intersection(path) or (folder is None and path[:1] != "/"):
                        continue
                    pattern = absolute(path, folder)
                    found = next((each for each in made if _is_gone(each, pattern, stage)), None)
                    if found is None:
                        continue
                    size = f" ({readable(found.size)})" if found.size else ""
                    yield Problem(
                        message=f"`{path}`{size} stays in the layer of line"
                        f" {found.instruction.first_line}: removing it here only hides it",
                        span=word.span,
                    )


_LARGE_FROM = 1_000_000


def _is_gone(made: Made, pattern: str, stage: StageFacts) -> bool:
    """Tell whether removing *pattern* is meant for *made*, and whether it matters."""
    if made.path == "/" or "wheel" in made.path or is_archive(made.path) or is_slight(made):
        return False
    if covers(pattern, made.path):
        return True
    # Something within a folder: only certain where the folder's files are known.
    context = stage.context
    copy = made.instruction
    if not made.is_tree or not is_below(pattern, made.path) or "*" in pattern:
        return False
    if copy.keyword == "RUN":
        return True
    if context is None or copy.flag("from") is not None:
        return False
    origin = stage.origin(pattern)
    return origin is not None and bool(origin.path) and context.size(origin.path) >= _LARGE_FROM


def _packages(stage: StageFacts, run: Run, command: Command) -> Iterator[Problem]:
    """Yield the system packages that an earlier RUN installed and *command* removes."""
    system = system_command(command)
    if system is None or system.action != "remove":
        return
    here = {
        package.name
        for other in run.commands
        if (found := system_command(other)) is not None and found.action == "install"
        for package in found.packages
    }
    limit = stage.position(run)
    for package in system.packages:
        if package.name in here:
            continue
        line = _installed_in(stage, limit, package.name)
        if line:
            yield Problem(
                message=f"`{package.name}` stays in the layer of line {line}:"
                " removing it here only hides it",
                span=package.word.span,
            )
            return


def _installed_in(stage: StageFacts, limit: int, name: str) -> int:
    for part in stage.chain:
        for run in part.runs:
            if part is stage and part.position(run) >= limit:
                break
            for command in run.commands:
                system = system_command(command)
                if system is None or system.action != "install":
                    continue
                group = system.arguments.text("-t", "--virtual")
                if group == name or any(package.name == name for package in system.packages):
                    return run.first_line
    return 0
