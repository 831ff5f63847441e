"""
A lock file is there, and the build does not install from it.

`uv.lock`, `poetry.lock` and their like name every package with its version and hash.
A build that reads `requirements.txt` or `pyproject.toml` beside it resolves again, and the image gets other versions than those that were tested.

Bad:

```text title="uv.lock"
version = 1
```

```text title="requirements.txt"
torch>=2.0
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

Good:

```text title="uv.lock"
version = 1
```

```toml title="pyproject.toml"
[project]
name = "app"
version = "1"
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir uv==0.9.26
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-cache
```

## When it is fine

Where the requirements file is exported from the lock, with exact versions: then all of it is `==`, and nothing is reported.
A lock file in another folder than the requirements is taken to be of another project.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command, ShellWord

_LOCKS = (
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml",
    "pixi.lock",
)  # fmt: skip


@rule(Build, severity=Severity.WARNING)
def lock_not_used(build: Build) -> Iterator[Problem]:
    context = build.context
    if context is None or any(name in build.source.text for name in _LOCKS):
        return
    if any(command.program in _TOOLS and _uses_lock(command) for _, command in build.commands):
        return
    for run in build.runs:
        stage = build.stage_of(run)
        for command in run.commands if stage is not None and stage.is_reachable else ():
            for word in _asked(command):
                found = _source(stage, run, word)  # type: ignore[arg-type]
                lock = _lock_beside(context, found) if found is not None else ""
                if not lock or not _is_open(stage, run, found or ""):  # type: ignore[arg-type]
                    continue
                yield Problem(
                    message=f"`{lock}` is there, but `{found}` is what is installed from",
                    span=word.span,
                )
                return


_TOOLS = frozenset({"uv", "poetry", "pdm", "pipenv", "conda-lock", "pixi", "hatch", "micromamba"})


def _uses_lock(command: Command) -> bool:
    uv = uv_command(command)
    if uv is not None:
        return uv.action in {"sync", "export", "run"}
    return True


def _asked(command: Command) -> tuple[ShellWord, ...]:
    """Return the requirements files and projects that *command* installs."""
    asked = pip_command(command) or uv_command(command)
    if asked is None or asked.action not in {"install", "pip install"} or asked.no_deps:
        return ()
    if asked.constraint_files:
        return ()
    projects = [
        package.word for package in asked.packages if package.is_local and "*" not in package.url
    ]
    return (*asked.requirement_files, *projects)


def _source(stage: StageFacts, run: Run, word: ShellWord) -> str | None:
    """Return which file of the context *word* stands for: a project's is its `pyproject.toml`."""
    text = stage.expanded(word.value, run) if "$" in word.value else word.value
    if text is None:
        return None
    path = absolute(text.partition("[")[0], stage.workdir_at(run))
    if not path.endswith((".txt", ".in", ".toml")):
        path = posixpath.join(path, "pyproject.toml")
    found = stage.origin(path, run)
    return found.path if found is not None and found.path else None


def _lock_beside(context: Context, path: str) -> str:
    folder = posixpath.dirname(path)
    # What `pixi` and `conda-lock` make is of no use to pip and uv.
    locks = (posixpath.join(folder, name) for name in _LOCKS[:-2])
    return next((lock for lock in locks if context.exists(lock)), "")


def _is_open(stage: StageFacts, run: Run, path: str) -> bool:
    """Tell whether the file *path*, which *run* installs, leaves any version open."""
    return any(
        not package.is_exact and not package.url
        for package in stage.own_distributions
        if package.instruction is run and package.origin.partition(":")[0] == path
    )
