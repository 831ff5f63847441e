"""
The requirements file that is installed leaves versions open.

A build from it takes whatever is newest on the day, for every package that has no `==`, and without a word in the Dockerfile or its diff.
The rule reads the files that `-r` names (and those that they include) and the environment files of conda in the build context.

Bad:

```text title="requirements.txt"
torch>=2.0
numpy
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

Good:

```text title="requirements.txt"
torch==2.6.0
numpy==2.2.6
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

## When it is fine

With a constraints file in the same command.
Where every open package has at least an upper bound (`~=2.0`, `<3`, `==2.*`) it is an information.
Files that are not in the context, or made during the build, are not judged.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.python_package import PythonPackage
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command, ShellWord


@rule(Build, severity=Severity.WARNING)
def unpinned_requirements(build: Build) -> Iterator[Problem]:
    if build.context is None:
        return
    said: set[str] = set()
    for stage in build.stages:
        if not stage.is_reachable:
            continue
        by_file: dict[tuple[int, str], list[PythonPackage]] = {}
        for package in stage.own_distributions:
            file, colon, line = package.origin.rpartition(":")
            if colon and line.isdecimal() and package.instruction is not None:
                by_file.setdefault((package.instruction.span.start, file), []).append(package)
        runs = {run.span.start: run for run in stage.runs}
        for (start, file), packages in by_file.items():
            still_open = [package for package in packages if _is_open(package)]
            found = _named_in(runs.get(start), file)
            if not still_open or found is None or file in said:
                continue
            said.add(file)
            shown = names(list(dict.fromkeys(package.name for package in still_open)))
            is_bounded = all(_is_bounded(package.specifier) for package in still_open)
            yield Problem(
                message=f"`{file}` leaves the version of {shown} open",
                span=found.span,
                severity=Severity.INFO if is_bounded else None,
            )


def _is_open(package: PythonPackage) -> bool:
    if package.url:
        return (
            package.url.startswith("git+")
            and "@" not in package.url.partition("://")[2].partition("/")[2].partition("#")[0]
        )
    is_installer = package.manager == "conda" and package.name in {"pip", "python", "nodefaults"}
    return not package.is_exact and not is_installer


def _is_bounded(specifier: str) -> bool:
    return any(sign in specifier for sign in ("<", "~=", "*")) or (
        "=" in specifier and ">" not in specifier
    )


def _named_in(run: Run | None, file: str) -> ShellWord | None:
    """Return the word of *run* that names *file*, or else the first file that it names."""
    name = file.rpartition("/")[2]
    others: list[ShellWord] = []
    for command in run.commands if run is not None else ():
        for word in _files(command):
            if word.value.rpartition("/")[2] == name:
                return word
            others.append(word)
    return others[0] if others else None


def _files(command: Command) -> tuple[ShellWord, ...]:
    """Return the requirements files of *command* that no constraints narrow down."""
    asked = pip_command(command) or uv_command(command)
    if asked is not None:
        return () if asked.constraint_files else asked.requirement_files
    conda = conda_command(command)
    return conda.files if conda is not None else ()
