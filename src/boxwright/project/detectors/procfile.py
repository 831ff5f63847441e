"""`Procfile`: the commands by which the project is started elsewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from boxwright.errors import ProjectError
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Command, Port, WebApplication, Worker
from boxwright.project.tree import Tree

PROCFILE = "Procfile"
_LINE = re.compile(r"([A-Za-z0-9_-]{1,63}):\s*(\S.*)")
_PORT = re.compile(r"(?:^|[:=])(\d{4,5})$")


def find_commands(tree: Tree) -> tuple[Command, ...]:
    """Return the lines of the `Procfile` that are commands."""
    if PROCFILE not in tree.paths():
        return ()
    try:
        lines = read_text(tree, PROCFILE).splitlines()
    except ProjectError:
        return ()
    found = []
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        try:
            words = tuple(shlex.split(match[2]))
        except ValueError:
            continue
        if words:
            evidence = Evidence(PROCFILE, number, line.strip()[:200])
            found.append(Command(name=match[1], words=words, evidence=evidence))
    return tuple(found)


def ports_of(commands: Sequence[Command]) -> Iterator[Port]:
    """Yield the port that the `web` command names."""
    for command in commands:
        if command.name != "web":
            continue
        for before, word in zip(("", *command.words), command.words, strict=False):
            option = before if not word.startswith("-") else word.partition("=")[0]
            if option not in ("--port", "-p", "--bind", "-b", "--listen", "--server.port"):
                continue
            match = _PORT.search(word)
            if match is not None and 1024 <= int(match[1]) < 65536:
                number = int(match[1])
                yield Port(number=number, path=PROCFILE, evidence=command.evidence)


def named_first(
    applications: Sequence[WebApplication], commands: Sequence[Command]
) -> list[WebApplication]:
    """Return *applications*, the one that the `web` command starts before all others."""
    words = {word for command in commands if command.name == "web" for word in command.words}
    return sorted(
        applications,
        key=lambda each: (
            not (
                f"{each.module}:{each.name}" in words
                or f"{each.module}:{each.name}()" in words
                or (each.name == "" and each.path in words)
            )
        ),
    )


def workers_named_first(workers: Sequence[Worker], commands: Sequence[Command]) -> list[Worker]:
    """Return *workers*, those that a command starts before all others."""
    words = {
        word.removeprefix("--app=")
        for command in commands
        for before, word in zip(("", *command.words), command.words, strict=False)
        # `celery -A jobs worker`: the last word names no module.
        if before in ("-A", "--app") or word not in ("worker", "beat", "celery", "scheduler")
    }
    return sorted(
        workers,
        key=lambda each: words.isdisjoint(
            (each.module, f"{each.module}:{each.name}", f"{each.module}.{each.name}", each.path)
            if each.module
            else (each.path,)
        ),
    )
