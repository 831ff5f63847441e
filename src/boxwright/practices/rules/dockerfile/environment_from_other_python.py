"""
A Python environment is copied to an image with another Python.

Packages lie in `lib/python3.12/site-packages`, where Python 3.11 does not look, and compiled modules carry the version in their names.
What was built against glibc does not load with musl. Everything is there, and `import numpy` fails.

Bad:

```dockerfile
FROM python:3.12-slim AS build
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir numpy==2.2.1

FROM python:3.11-slim
COPY --from=build /opt/venv /opt/venv
```

```dockerfile
FROM python:3.12-slim AS build
RUN pip install --no-cache-dir --prefix=/install numpy==2.2.1

FROM python:3.12-alpine
COPY --from=build /install /usr/local
```

Good:

```dockerfile
FROM python:3.12-slim AS build
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir numpy==2.2.1

FROM python:3.12-slim
COPY --from=build /opt/venv /opt/venv
```

## When it is fine

Where the Python itself is copied along (`/usr/local`, `/opt/conda`), or a tool brings one (`uv python install`, `conda`, `pyenv`), nothing is reported.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Copy


@rule(Build, severity=Severity.ERROR)
def environment_from_other_python(build: Build) -> Iterator[Problem]:
    brings: dict[int, bool] = {}
    for stage in build.stages:
        for copy in stage.of(Copy):
            if copy.from_ is None:
                continue
            other = stage.stage_named(copy.from_.value)
            if other is None or other is stage:
                continue
            for word in copy.sources:
                path = stage.expanded(word.raw, copy)
                if path is None or not _is_environment(path):
                    continue
                message = _difference(stage, other, path, brings)
                if message:
                    yield Problem(message=f"`{path}` {message}", span=word.span)
                    break


def _is_environment(path: str) -> bool:
    parts = path.strip("/").split("/")
    return (
        parts[-1]
        in {"venv", ".venv", "env", "virtualenv", "site-packages", "dist-packages", "install"}
        or parts[-1].startswith("python3.")
        or parts[-2:] == ["root", ".local"]
    )


def _difference(stage: StageFacts, other: StageFacts, path: str, brings: dict[int, bool]) -> str:
    """Return why what *other* has at *path* does not work in *stage*; empty where it may."""
    ours, theirs = stage.base.facts, other.base.facts
    if ours is None or theirs is None:
        return ""
    if ours.libc and theirs.libc and ours.libc != theirs.libc:
        return f"is built against {theirs.libc}, this image has {ours.libc}"
    for each in (stage, other):
        if each.index not in brings:
            brings[each.index] = _brings_python(each)
        if brings[each.index]:
            return ""
    named = re.search(r"/python(3\.\d+)(?:/|$)", path)
    before = named[1] if named else _minor(theirs.python)
    after = _minor(ours.python)
    if not before or not after or before == after:
        return ""
    return f"is made with Python {before}, this image has Python {after}"


def _minor(version: str | None) -> str:
    parts = (version or "").split(".")
    return ".".join(parts[:2]) if len(parts) > 1 else ""


def _brings_python(stage: StageFacts) -> bool:
    """Tell whether another Python than the base image's may be in *stage*."""
    if any(name in stage.environment for name in ("UV_PYTHON", "PYENV_ROOT", "CONDA_DIR")):
        return True
    if any(re.match(r"python3?\.\d+|pyenv|python$|pypy", name) for name in stage.system_packages):
        return True
    for part in stage.chain:
        for copy in part.of(Copy):
            values = [word.value for word in copy.words]
            if copy.from_ is not None and any(
                value.rstrip("/") in {"/usr/local", "/usr", "/opt/conda", "/python", "/opt/python"}
                or value.rstrip("/").endswith(("/uv/python", "/bin/python3", "/bin"))
                for value in values[:-1]
            ):
                return True
        for run in part.runs:
            for command in run.commands:
                words = [word.value for word in command.words]
                if command.program in {"conda", "mamba", "micromamba", "pyenv", "asdf", "mise"}:
                    return True
                if command.program in {"uv", "uvx"} and (
                    words[1:2] == ["python"]
                    or any(word.startswith(("--python", "-p")) for word in words)
                ):
                    return True
                if re.fullmatch(r"python3\.\d+", command.program):
                    return True
    return False
