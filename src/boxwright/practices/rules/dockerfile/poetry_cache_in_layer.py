"""
The cache of Poetry, PDM or Pipenv stays in the layer.

They keep all wheels that they install in `~/.cache`: Poetry in `~/.cache/pypoetry/artifacts`, PDM in `~/.cache/pdm`, Pipenv in `~/.cache/pipenv` and in pip's own.
The image never reads them again, and with a deep-learning stack they are gigabytes.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir poetry==2.1.1
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --no-root
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir poetry==2.1.1
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --no-root && rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir poetry==2.1.1
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN --mount=type=cache,target=/root/.cache/pypoetry/artifacts poetry install --no-root
```

## When it is fine

In a stage whose layers do not ship, which is where Poetry belongs: copy the environment out of it.

## Fix

The cache is removed at the end of the same `RUN`. Safe.
Poetry also makes its virtual environments below `~/.cache/pypoetry` unless it is told otherwise; those stay.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import LeftCache, left_caches, put_behind
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def poetry_cache_in_layer(build: Build) -> Iterator[Problem]:
    found = left_caches(build, "poetry", "pdm", "pipenv")
    last: dict[tuple[int, str], LeftCache] = {
        (left.run.span.start, left.name): left for left in found
    }
    for left in last.values():
        project = project_command(left.command)
        if project is None:
            continue
        edit = put_behind(left.command, left.run, f"rm -rf {' '.join(_folders(left))}")
        yield Problem(
            message=f"`{project.tool} {project.action}` keeps the wheels in this layer, in"
            f" `{left.folders[0]}`",
            span=project.subcommand.span,
            fix=Fix(
                title=f"Remove the cache of {project.tool} in the same `RUN`",
                edits=(edit,),
                applicability=Applicability.SAFE,
            )
            if edit is not None
            else None,
        )


def _folders(left: LeftCache) -> tuple[str, ...]:
    if left.name != "poetry":
        return left.folders
    # Its virtual environments are beside them.
    folder = left.folders[0].rstrip("/")
    return (f"{folder}/cache", f"{folder}/artifacts")
