"""
The script that starts the program does not make room for it.

Without `exec` the shell stays process 1 and the program is its child.
The shell keeps the signal of `docker stop` to itself, so that after ten seconds the program is killed: in the middle of requests, or before a training run has written its checkpoint.

Bad:

```sh title="entrypoint.sh"
#!/bin/sh
set -e
alembic upgrade head
uvicorn app:app --host 0.0.0.0
```

```dockerfile
FROM python:3.12-slim
COPY entrypoint.sh /
ENTRYPOINT ["/entrypoint.sh"]
```

Good:

```sh title="entrypoint.sh"
#!/bin/sh
set -e
alembic upgrade head
exec uvicorn app:app --host 0.0.0.0
```

```dockerfile
FROM python:3.12-slim
COPY entrypoint.sh /
ENTRYPOINT ["/entrypoint.sh"]
```

## When it is fine

A script that sets a `trap` or starts things with `&` passes signals on itself, or means to; `dumb-init` and `tini -g` signal all processes. Neither is found.

## Equivalents

None.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.runners import invocation
from boxwright.practices.programs.servers import server_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts, StartScript
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def entrypoint_script_without_exec(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or _signals_all(stage):
        return
    seen = set()
    scripts: tuple[tuple[StartScript | None, Entrypoint | Cmd | None], ...] = (
        (stage.entrypoint_script, stage.entrypoint),
        (stage.start_script, stage.cmd or stage.entrypoint),
    )
    for script, instruction in scripts:
        if script is None or instruction is None or script.path in seen:
            continue
        seen.add(script.path)
        child = _child(script)
        if child is not None:
            name = child.program or child.words[0].value
            yield Problem(
                message=f"`{script.path}` starts `{name}` without `exec`",
                span=instruction.arguments_span,
            )


def _signals_all(stage: StageFacts) -> bool:
    instruction = stage.entrypoint or stage.cmd
    written = (instruction.exec or ()) if instruction is not None else ()
    words = [word.value.rpartition("/")[2] for word in written]
    return "dumb-init" in words or ("tini" in words and "-g" in words)


def _child(script: StartScript) -> Command | None:
    """Return the last command of *script* that stays, if the shell waits for it."""
    commands = [
        command
        for command in script.commands
        if not command.in_function and not command.in_substitution and command.outer is None
    ]
    if any(command.program == "trap" or command.connector == "&" for command in commands):
        return None
    found = next(
        (command for command in reversed(commands) if command.program not in _WORDLESS), None
    )
    if found is None or not found.words or "exec" in found.wrappers or found.connector == "|":
        return None
    if found.words[0].value in _ARGUMENTS:
        return found
    started = invocation(found)
    if server_command(found) is not None or (started and started.name in _INTERPRETERS):
        return found
    return None


_WORDLESS = frozenset({"exit", "echo", "printf", "set", "shift", ":", "true", "["})
_ARGUMENTS = frozenset({"$@", "$*", "${@}", "${*}"})
_INTERPRETERS = frozenset({"python", "node", "java", "Rscript", "julia", "ruby"})
