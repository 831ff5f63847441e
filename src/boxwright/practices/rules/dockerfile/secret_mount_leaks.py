r"""
What a secret mount gives does not stay in the mount.

A secret mount is safe because it is gone when the `RUN` ends.
Copied to a file, it is in the layer; printed, it is in the log of the build, which CI keeps for everybody who may see the job.

Bad:

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=pip cp /run/secrets/pip /etc/pip.conf \
    && pip install --no-cache-dir acme-models
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=token,env=TOKEN echo "token=$TOKEN" > /app/settings.ini
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=token cat /run/secrets/token
```

Good:

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --no-cache-dir acme-models
RUN --mount=type=secret,id=index \
    PIP_INDEX_URL=$(cat /run/secrets/index) pip install --no-cache-dir acme-tools
RUN --mount=type=secret,id=pip \
    cp /run/secrets/pip /etc/pip.conf \
    && pip install --no-cache-dir acme-tools \
    && rm /etc/pip.conf
```

## When it is fine

A file that the same `RUN` removes, or that lies in a mount, is in no layer.
A pipe into another program, `cat /run/secrets/token | docker login --password-stdin`, is not reported.

## Fix

None: mount the secret where it is needed, with `target=`, or as a variable, with `env=`.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.baked_secrets import home_of, kept_off_layer
from boxwright.practices.programs.files import (
    absolute,
    directories,
    is_removed,
    redirected_paths,
    written_paths,
)
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord

_COPIES = frozenset({"cp", "mv", "install", "dd"})
_PRINTS = frozenset({"cat", "echo", "printf", "head", "tail", "tee", "more", "less", "base64"})


@rule(Build, severity=Severity.ERROR)
def secret_mount_leaks(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        stage = build.stage_of(run)
        secrets = [mount for mount in run.mounts if mount.type == "secret"] if run.flags else []
        if not secrets or stage is None:
            continue
        files = [
            mount.target or f"/run/secrets/{mount.id or posixpath.basename(mount.source)}"
            for mount in secrets
            # A public key is no secret, though it comes as one.
            if (mount.target or not mount.env) and not mount.target.endswith(".pub")
        ]
        names = frozenset(mount.env for mount in secrets if mount.env)
        yield from _problems(stage, run, files, names)


def _problems(
    stage: StageFacts, run: Run, files: list[str], names: frozenset[str]
) -> Iterator[Problem]:
    home = home_of(stage, run)
    commands = run.commands
    piped = {command.pipeline for command in commands if command.pipe_position}
    for command, folder in zip(commands, directories(commands, stage.workdir_at(run)), strict=True):
        secret = _read(command, files, names)
        if not secret or command.in_substitution:
            continue
        outputs = redirected_paths(command)
        if command.program in _COPIES or command.program == "tee":
            outputs = written_paths(command)
        elif not outputs and command.program in _PRINTS and command.pipeline in piped:
            outputs = _end_of_pipe(command, commands)
            if not outputs:
                continue
        for word in outputs:
            path = absolute(word.value, folder, home)
            if path is not None and (
                path in files
                or kept_off_layer(stage, run, path)
                or is_removed(path, commands[command.number :], folder, home)
            ):
                continue
            if stage.ships:
                yield Problem(f"{secret} is written to `{path or word.value}`", word.span)
        if not outputs and command.program in _PRINTS and not command.redirects:
            yield Problem(f"{secret} is printed into the log of the build", command.span)


def _read(command: Command, files: list[str], names: frozenset[str]) -> str:
    """Return what secret the words of *command* hold or name, as a message says it."""
    if command.program not in _COPIES and command.program not in _PRINTS:
        return ""
    for word in command.arguments:
        for name in word.variables:
            if name in names:
                return f"the secret `{name}`"
        if "$(" in word.value and command.program not in {"echo", "printf"}:
            continue
        if files and word.value.rstrip("/*") == "/run/secrets":
            return "all of `/run/secrets`"
        for path in files:
            if path in word.value and (command.program != "echo" or "$(" in word.value):
                return f"the secret `{path}`"
    return ""


def _end_of_pipe(command: Command, commands: tuple[Command, ...]) -> tuple[ShellWord, ...]:
    """Return the files that the pipe of *command* ends in, if only `tee` and `base64` are in it."""
    behind = [
        other
        for other in commands[command.number + 1 :]
        if other.pipeline == command.pipeline and not other.in_substitution
    ]
    if any(other.program not in {"tee", "base64", "cat", "tr"} for other in behind):
        return ()
    return tuple(word for other in behind for word in written_paths(other))
