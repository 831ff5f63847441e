"""
A container runs several programs.

The engine sees only process 1. When one of the others dies, the container still counts as up; their logs are mixed or lost, and they cannot be scaled, restarted or limited each for itself.

Bad:

```dockerfile
FROM python:3.12
CMD redis-server & uvicorn app:app --host 0.0.0.0
```

```dockerfile
FROM python:3.12
CMD ["/usr/bin/supervisord", "-n"]
```

Good:

```dockerfile
FROM python:3.12
CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]
```

## When it is fine

Where two programs belong together as nginx and the application behind it do, and a supervisor ends the container when either of them dies.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Severity
from boxwright.practices.processes import place_of_start
from boxwright.practices.programs.runners import invocation
from boxwright.practices.programs.servers import server_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.INFO)
def several_processes(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None:
        return
    scripts = [stage.start_script, stage.entrypoint_script]
    commands: list[Sequence[Command]] = [stage.start_commands]
    commands += [script.commands for script in scripts if script is not None]
    for found in commands:
        supervisor = next(
            (command.program for command in found if command.program in _SUPERVISORS), None
        )
        if supervisor is not None:
            yield Problem(
                message=f"`{supervisor}` runs several programs in one container",
                span=place_of_start(stage),
            )
            return
        names = list(dict.fromkeys(_programs(found)))
        if len(names) > 1:
            listed = ", ".join(f"`{name}`" for name in names[:-1])
            yield Problem(
                message=f"{listed} and `{names[-1]}` run in one container",
                span=place_of_start(stage),
            )
            return


_SUPERVISORS = frozenset(
    {"supervisord", "s6-svscan", "runsvdir", "my_init", "monit", "honcho", "foreman", "circusd"}
)
_DAEMONS = frozenset(
    {"nginx", "sshd", "cron", "crond", "redis-server", "postgres", "mongod", "ollama", "mysqld"}
)


def _programs(commands: Sequence[Command]) -> Iterator[str]:
    """Yield the programs that stay: all in the background, and the one in front of them."""
    background: set[int] = set()
    latest: dict[int, Command] = {}
    for command in commands:
        before = latest.get(id(command.outer))
        if before is not None and command.connector == "&":
            background.add(id(before))
        latest[id(command.outer)] = command
    is_behind = False
    for command in commands:
        if command.in_function or command.in_substitution:
            continue
        started = invocation(command)
        name = started.name if started is not None else command.program
        in_background = id(command) in background
        service = _service(command)
        if service:
            yield service
            is_behind = True
        elif in_background and (server_command(command) is not None or name in _DAEMONS):
            yield name
            is_behind = True
        elif is_behind and (server_command(command) is not None or name == "python"):
            yield name


def _service(command: Command) -> str:
    """Return the name of what `service name start` or its script in `/etc/init.d` starts."""
    values = [word.value for word in command.words]
    if command.program == "service" and values[2:3] == ["start"]:
        return values[1]
    if values and values[0].startswith("/etc/init.d/") and values[1:2] == ["start"]:
        return command.program
    return ""
