"""
pip installs into the Python of the distribution.

Debian's own tools run on that Python, and apt and pip do not know of each other's files: a newer `urllib3` from pip breaks what apt installed, and the next apt upgrade overwrites what pip installed.
Since Debian 12 pip refuses (PEP 668); `--break-system-packages` and the removal of `EXTERNALLY-MANAGED` only silence it.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --break-system-packages numpy==2.2.6
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --break-system-packages numpy==2.2.6
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN pip install --no-cache-dir numpy==2.2.6
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir numpy==2.2.6
```

## When it is fine

The official `python` images have a Python of their own in `/usr/local`, which no tool of the distribution uses: there the option does nothing.
In a stage whose layers do not ship it is an information.

## Fix

In an official `python` image the option is removed. Safe.
Elsewhere a virtual environment is needed, for which there is no fix.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.programs.arguments import Option
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command

_OPTION = "--break-system-packages"


@rule(Build, severity=Severity.WARNING)
def system_python_overridden(build: Build) -> Iterator[Problem]:
    said: set[int] = set()
    for env in build.of(Env):
        for pair in env.pairs:
            if pair.name.value == "PIP_BREAK_SYSTEM_PACKAGES" and pair.value.value in _ON:
                yield Problem(message=_message("PIP_BREAK_SYSTEM_PACKAGES"), span=pair.name.span)
    for run, command in build.commands:
        for problem in _of_command(build, run, command):
            # One command of a stage says it, unless each has to be changed.
            stage = run.stage.index if run.stage is not None else -1
            if problem.fix is not None or stage not in said:
                yield problem
            if problem.fix is None:
                said.add(stage)


def _of_command(build: Build, run: Run, command: Command) -> Iterator[Problem]:
    pip = pip_command(command)
    uv = uv_command(command) if pip is None else None
    asked = pip or uv
    option = asked.arguments.option(_OPTION) if asked is not None else None
    if option is not None:
        stage = build.stage_of(run)
        is_their_own = stage is not None and pip is not None and _is_python_image(stage)
        yield Problem(
            message=f"`{_OPTION}` does nothing in an image of Python itself"
            if is_their_own
            else _message(_OPTION, "pip" if pip is not None else "uv"),
            span=option.word.span,
            fix=_removal(run, option) if is_their_own else None,
            severity=Severity.INFO
            if is_their_own or (stage is not None and not stage.ships)
            else None,
        )
    elif command.program in {"rm", "mv"}:
        word = next(
            (word for word in command.arguments if word.value.endswith("/EXTERNALLY-MANAGED")),
            None,
        )
        if word is not None:
            yield Problem(message=_message("without `EXTERNALLY-MANAGED`"), span=word.span)
    for assignment in command.assignments:
        if assignment.name == "PIP_BREAK_SYSTEM_PACKAGES" and assignment.value.value in _ON:
            yield Problem(message=_message(assignment.name), span=assignment.span)


_ON = frozenset({"1", "true", "True", "yes", "on"})


def _message(what: str, tool: str = "pip") -> str:
    shown = what if "`" in what else f"with `{what}`"
    return f"{shown} {tool} writes into the Python of the distribution"


def _is_python_image(stage: StageFacts) -> bool:
    facts = stage.base.facts
    return (
        facts is not None
        and facts.family == "python"
        and "python3-pip" not in {*stage.system_packages}
    )


def _removal(run: Run, option: Option) -> Fix | None:
    start = option.word.span.start
    while run.source.text[start - 1] in " \t":
        start -= 1
    if option.value is not None or run.is_exec:
        return None
    return Fix(
        title=f"Remove `{_OPTION}`",
        edits=(Edit(start, option.word.span.end, ""),),
        applicability=Applicability.SAFE,
    )
