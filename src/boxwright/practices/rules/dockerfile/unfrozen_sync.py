"""
An install from a lock file may resolve again.

Without `--frozen`, `uv sync` first compares `uv.lock` with `pyproject.toml`, and where they differ it makes a new lock, in the image only.
The build then succeeds with versions that nobody has committed.
`pdm install` without `--frozen-lockfile` and `pipenv install` without `--deploy` do the same; `poetry update`, `pdm update` and `uv sync --upgrade` are asked to.

Bad:

```text title="uv.lock"
version = 1
```

```dockerfile
FROM ghcr.io/astral-sh/uv:0.9.26-python3.12-trixie-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --no-cache --no-install-project
```

Good:

```text title="uv.lock"
version = 1
```

```dockerfile
FROM ghcr.io/astral-sh/uv:0.9.26-python3.12-trixie-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-cache --no-install-project
```

## When it is fine

With `--locked`, which fails where the lock is out of date, and with `UV_FROZEN` or `UV_LOCKED`.
`poetry install` refuses a lock that does not fit.

## Fix

`--frozen` (for pdm `--frozen-lockfile`) is added where the lock file is known to come from the context. Safe: with a lock that is up to date nothing changes.
For `pipenv`, `--deploy`, which fails where the lock is not up to date, so that one is unsafe.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def unfrozen_sync(build: Build) -> Iterator[Problem]:
    synced: dict[tuple[int, str, str], Problem] = {}
    for run in build.runs:
        stage = build.stage_of(run)
        for command in run.commands if stage is not None else ():
            if command.program in {"uv", "python", "python3"}:
                for folder, problem in _of_uv(stage, run, command):  # type: ignore[arg-type]
                    where = folder or str(problem.span.start)
                    place = (stage.index if stage else -1, where, problem.message)
                    before = synced.get(place)
                    synced[place] = problem if before is None else _together(before, problem)
            elif command.program in {"pdm", "pipenv", "poetry"}:
                yield from _of_project(stage, run, command)  # type: ignore[arg-type]
    yield from synced.values()


def _together(first: Problem, second: Problem) -> Problem:
    """Return *first* with the fix of both: one lock file, one finding."""
    if first.fix is None or second.fix is None:
        return first._replace(fix=None)
    return first._replace(fix=first.fix._replace(edits=first.fix.edits + second.fix.edits))


def _of_uv(stage: StageFacts, run: Run, command: Command) -> Iterator[tuple[str | None, Problem]]:
    """Yield what is wrong with *command*, and the folder of the project that it is about."""
    uv = uv_command(command)
    if uv is None or uv.action != "sync" or uv.frozen or uv.locked or uv.arguments.has("--script"):
        return
    names = ("UV_FROZEN", "UV_LOCKED")
    if any(stage.is_mentioned(name) and name in stage.environment_at(run) for name in names):
        return
    if any(item.name in names for other in run.commands for item in other.assignments):
        return
    span = uv.subcommand.span
    folder = _folder(stage, run, command, uv.arguments.text("--project", "--directory"))
    if uv.upgrade:
        message = "`uv sync --upgrade` takes newer versions than those that `uv.lock` names"
        yield folder, Problem(message=message, span=span)
        return
    is_known = _has(stage, run, folder, "uv.lock")
    message = "`uv sync` may make a new `uv.lock` in the image"
    if not is_known and _has(stage, run, folder, "pyproject.toml"):
        message = "`uv sync` finds no `uv.lock`, and resolves anew in each build"
    yield folder, _problem(message, span, "--frozen", is_known=is_known)


def _of_project(stage: StageFacts, run: Run, command: Command) -> Iterator[Problem]:
    project = project_command(command)
    if project is None or project.operands or project.frozen:
        return
    span = project.subcommand.span
    tool, action = project.tool, project.action
    folder = _folder(stage, run, command, project.arguments.text("-p", "--project"))
    if action == "update":
        message = f"`{tool} update` takes newer versions than those that the lock file names"
        yield Problem(message=message, span=span)
    elif tool == "pdm" and action == "install":
        message = "`pdm install` may make a new `pdm.lock` in the image"
        is_known = _has(stage, run, folder, "pdm.lock")
        yield _problem(message, span, "--frozen-lockfile", is_known=is_known)
    elif tool == "pipenv" and action == "install":
        if project.arguments.has("-r", "--requirements", "--skip-lock"):
            return
        message = "`pipenv install` may make a new `Pipfile.lock` in the image"
        is_known = _has(stage, run, folder, "Pipfile.lock")
        found = _problem(message, span, "--deploy", is_known=is_known)
        fix = found.fix._replace(applicability=Applicability.UNSAFE) if found.fix else None
        yield found._replace(fix=fix)


def _folder(stage: StageFacts, run: Run, command: Command, project: str) -> str | None:
    """Return the folder of the project that *command* is about, None where it is not known."""
    folder = stage.workdir_at(run) or "/"
    for before in run.commands:
        if before is command:
            break
        if before.program in {"cd", "pushd"}:
            words = before.arguments
            if len(words) != 1 or not words[0].is_static or before.conditional:
                return None
            folder = absolute(words[0].value, folder)
    return None if "$" in project else absolute(project or ".", folder)


def _has(stage: StageFacts, run: Run, folder: str | None, name: str) -> bool:
    """Tell whether the file *name* is in *folder*, and comes from the context."""
    if folder is None or stage.context is None:
        return False
    return stage.origin(f"{folder.rstrip('/')}/{name}", run) is not None


def _problem(message: str, span: Span, option: str, *, is_known: bool) -> Problem:
    fix = Fix(
        title=f"Add `{option}`",
        edits=(Edit.insert(span.end, f" {option}"),),
        applicability=Applicability.SAFE,
    )
    # Without a lock file the option would make the build fail.
    return Problem(message=message, span=span, fix=fix if is_known else None)
