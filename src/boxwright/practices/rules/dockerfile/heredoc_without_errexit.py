"""
A script in a heredoc goes on after a command that failed.

The lines of a heredoc are a script, whose status is that of its last line: there is no `&&` between them.
When a download or an installation in the middle fails, the build is green, and the image lacks what it is for.

Bad:

```dockerfile
FROM debian:13-slim
RUN <<EOF
apt-get update
apt-get install -y --no-install-recommends ffmpeg
rm -rf /var/lib/apt/lists/*
EOF
```

Good:

```dockerfile
FROM debian:13-slim
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends ffmpeg
rm -rf /var/lib/apt/lists/*
EOF
```

## When it is fine

With SHELL set to a shell with `-e`, with `&&` between all commands, and for other languages (`RUN python3 <<EOF`).

## Fix

`set -e` becomes the first line. Unsafe: a build may stop at a command that failed all along.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command
from boxwright.text.edit import Edit
from boxwright.text.joined import Joined
from boxwright.text.source import Source


@rule(Build, severity=Severity.WARNING)
def heredoc_without_errexit(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        if not run.heredocs:
            continue
        for body, commands in _scripts(run):
            ignored = _ignored(commands)
            if ignored is None:
                continue
            name = ignored.program or ignored.words[0].value
            yield Problem(
                message=f"when `{name}` fails the script goes on: there is no `set -e`",
                span=ignored.span,
                fix=_fix(build.source, body),
            )


def _scripts(run: Run) -> Iterator[tuple[Joined, Sequence[Command]]]:
    """Yield the shell scripts in heredocs, each with its own commands."""
    if run.is_heredoc_only:
        if run.parsed_script is not None and not _is_strict(run.script.text):
            yield run.script, [command for command in run.commands if command.outer is None]
        return
    inner: dict[int, list[Command]] = {}
    for command in run.commands:
        inner.setdefault(id(command.outer), []).append(command)
    for outer in run.commands:
        if outer.stdin is not None and outer.program in {"sh", "bash", "dash", "ash", "zsh"}:
            yield outer.stdin, inner.get(id(outer), [])


def _is_strict(script: str) -> bool:
    """Tell whether a first line such as `#!/bin/bash -eu` asks for it."""
    first, *options = script.partition("\n")[0].split() or [""]
    return first.startswith("#!") and any(
        option[0] == "-" and not option.startswith("--") and "e" in option for option in options
    )


def _ignored(commands: Sequence[Command]) -> Command | None:
    """Return the first of *commands* whose failure nothing notices."""
    if any(command.errexit for command in commands):
        return None
    plain = [
        command
        for command in commands
        if not (command.conditional or command.in_function or command.in_substitution)
    ]
    for command, following in pairwise(plain):
        if following.connector in {"\n", ";"} and command.words and command.program not in _SURE:
            return command
    return None


_SURE = frozenset({"echo", "printf", "set", "export", "true", ":", "[", "unset", "umask", "trap"})
"""Commands that hardly fail, or whose failure is an answer."""


def _fix(source: Source, body: Joined) -> Fix | None:
    at = body.offset(0)
    text = body.text
    if text.startswith("#!"):
        if "\n" not in text:
            return None
        at = body.offset(text.index("\n")) + 1
    line_start = source.line_span(source.position(at).line).start
    indent = source.text[line_start:at]
    if indent.strip():
        return None
    rest = source.text[at : at + 200].partition("\n")[0]
    blanks = rest[: len(rest) - len(rest.lstrip())]
    return Fix(
        title="Begin with `set -e`",
        edits=(Edit.insert(line_start, f"{indent}{blanks}set -e{source.newline}"),),
        applicability=Applicability.UNSAFE,
    )
