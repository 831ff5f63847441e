"""
A server for development is what containers start.

`flask run`, `manage.py runserver` and `fastapi dev` are made for one person: their authors say that they are neither secure nor fast.
`--reload` watches all files and starts a second process; a debugger lets whoever provokes an error run code.

Bad:

```dockerfile
FROM python:3.12-slim
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--reload"]
```

```dockerfile
FROM python:3.12-slim
CMD ["flask", "--app", "app", "run", "--host", "0.0.0.0"]
```

Good:

```dockerfile
FROM python:3.12-slim
CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]
```

```dockerfile
FROM python:3.12-slim
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
```

## When it is fine

In an image for developers: a final stage called `dev`, `debug`, `test` or the like is not judged.

## Fix

`--reload` and `--debug` are taken off, and `fastapi dev` becomes `fastapi run`. Unsafe: that may be what the image is for.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.processes import is_for_development, place_of_start, without_words
from boxwright.practices.programs.servers import ServerCommand
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.shell.command import ShellWord
from boxwright.text.edit import Edit
from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def development_server(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or is_for_development(stage):
        return
    yield from _debugging_by_environment(stage)
    server = stage.server
    if server is None:
        return
    script = stage.start_script
    where = f" (`{script.path}`)" if script is not None else ""

    def place(span: Span) -> Span:
        return place_of_start(stage) if script is not None else span

    if server.is_for_development:
        name = _NAMES.get(server.name, server.name)
        yield Problem(
            message=f"`{name}` is a server for development{where}",
            span=place(server.command.span),
            fix=_fastapi_run(server) if script is None else None,
        )
        return
    for word, does in (
        (server.reloading, f"starts `{server.name}` again when a file changes"),
        (server.debugging, "shows the program's inside to whoever provokes an error"),
    ):
        if word is not None:
            option = word.value.partition("=")[0]
            yield Problem(
                message=f"`{option}` {does}{where}",
                span=place(word.span),
                fix=_removal(build, server, word, option) if script is None else None,
            )


_NAMES = {
    "flask": "flask run",
    "quart": "quart run",
    "django": "manage.py runserver",
    "fastapi": "fastapi dev",
    "dagster": "dagster dev",
}


def _debugging_by_environment(stage: StageFacts) -> Iterator[Problem]:
    for name, values in (("FLASK_DEBUG", {"1", "true"}), ("FLASK_ENV", {"development"})):
        found = stage.environment.get(name)
        if found is not None and found.pair is not None and (found.value or "").lower() in values:
            yield Problem(message=f"`{name}` turns Flask's debugger on", span=found.pair.span)


def _fastapi_run(server: ServerCommand) -> Fix | None:
    word = server.reloading
    if server.name != "fastapi" or word is None or word.raw.strip('"') != "dev":
        return None
    return Fix(
        title="Use `fastapi run`",
        edits=(Edit.replace(word.span, word.raw.replace("dev", "run")),),
        applicability=Applicability.UNSAFE,
    )


def _removal(build: Build, server: ServerCommand, word: ShellWord, option: str) -> Fix | None:
    following = [each for each in server.command.words if each.span.start > word.span.start][:1]
    if following and following[0].value.lower() in {"true", "false"}:
        return None
    edit = without_words(build, server.command, word.span)
    if edit is None or not option.startswith("-"):
        return None
    return Fix(title=f"Take `{option}` off", edits=(edit,), applicability=Applicability.UNSAFE)
