"""
What a Python program prints stays in a buffer.

Into a pipe, which is what a container's log is, Python writes in blocks of 8 KiB or more.
The log of a training run lags behind by hundreds of steps, and when the container is killed, out of memory for instance, the last lines, which would say why, are lost.

Bad:

```dockerfile
FROM python:3.12-slim
COPY train.py .
CMD ["python", "train.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1
COPY train.py .
CMD ["python", "train.py"]
```

```dockerfile
FROM python:3.12-slim
COPY train.py .
CMD ["python", "-u", "train.py"]
```

## When it is fine

Servers such as uvicorn and workers such as Celery log to standard error, which is not held back: for them it is information, about what the application prints itself.
Nothing is found where it is not known which variables the base image sets.

## Fix

`ENV PYTHONUNBUFFERED=1` is put before the start. Safe: the same is written, earlier.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.processes import insert_before_start, start_instruction
from boxwright.practices.programs.runners import interpreter_at, invocation, program_name
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def buffered_python_output(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.base.facts is None or stage.is_mentioned("PYTHONUNBUFFERED"):
        return
    start = start_instruction(stage)
    if start is None or start.stage is not stage.stage:
        return
    command = _python(stage)
    if command is None:
        return
    started = invocation(command)
    name = started.name if started is not None else command.program
    is_own = name.partition(".")[0] not in _PROGRAMS
    if any(assignment.name == "PYTHONUNBUFFERED" for assignment in command.assignments):
        return
    edits = insert_before_start(build, stage, "ENV PYTHONUNBUFFERED=1")
    what = f"`{_script(command)}`" if name == "python" else f"`{name}`"
    what = what if is_own else f"a program under {what}"
    yield Problem(
        message=f"what {what} prints is held back: `PYTHONUNBUFFERED` is not set",
        span=start.arguments_span,
        fix=Fix(
            title="Set `PYTHONUNBUFFERED=1`",
            edits=edits,
            applicability=Applicability.SAFE,
            changes=("+ENV",),
        )
        if edits is not None
        else None,
        severity=None if is_own else Severity.INFO,
    )


def _python(stage: StageFacts) -> Command | None:
    """Return the command that runs the program in Python which *stage* starts, if it is one."""
    script = stage.start_script
    if script is not None:
        if "PYTHONUNBUFFERED" in script.text:
            return None
        for command in reversed(script.commands):
            if command.words and command.words[0].value in _GIVEN:
                # What it runs in the end stands in CMD.
                return None
            if _is_python(command):
                return command
        return None
    return stage.start if stage.start is not None and _is_python(stage.start) else None


_GIVEN = frozenset({"$@", "$*", "${@}", "${*}"})


def _is_python(command: Command) -> bool:
    started = invocation(command)
    if started is None:
        return False
    if program_name(command.program) != "python":
        return started.name == "python" or (started.is_module or started.name in _PROGRAMS)
    at = interpreter_at(command.arguments)
    options = [word.value for word in command.arguments[:at]]
    if any(not option.startswith("--") and "u" in option for option in options):
        return False
    # Without a file or module it is a prompt.
    following = command.arguments[at].value if at < len(command.arguments) else ""
    if following.startswith("-") and not started.is_module and "c" not in following:
        return False
    return bool(following) and "--version" not in following


_PROGRAMS = frozenset(
    {
        "uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "flask", "fastapi", "streamlit",
        "celery", "rq", "dramatiq", "arq", "torchrun", "accelerate", "deepspeed", "bentoml",
        "chainlit", "waitress-serve", "luigi", "papermill",
    }
)  # fmt: skip


def _script(command: Command) -> str:
    """Return the name of the file that a Python runs, or that of the Python."""
    words = command.words
    at = interpreter_at(command.arguments) + 1 if command.program.startswith("py") else 0
    found = words[at] if at < len(words) else words[0]
    return found.value if found.value.endswith(".py") else command.program
