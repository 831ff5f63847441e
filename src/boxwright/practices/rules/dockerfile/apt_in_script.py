"""
`apt` is used in a script.

`apt` is for people: it draws bars, warns that its command line is not stable, and changes from release to release.
Scripts use `apt-get` and `apt-cache`.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt update && apt install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
```

## Fix

`apt` becomes `apt-get` where that has the same subcommand. Safe.

## Equivalents

hadolint DL3027, checkov CKV_DOCKER_9, KICS "Run Using apt", semgrep prefer-apt-get.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

_SAME = frozenset(
    {"install", "update", "upgrade", "remove", "purge", "autoremove", "autopurge", "clean",
     "autoclean", "build-dep", "source", "download"}
)  # fmt: skip


@rule(Build, severity=Severity.INFO)
def apt_in_script(build: Build) -> Iterator[Problem]:
    by_run: dict[int, list[Command]] = {}
    for _, run, command in build.commands_of("apt"):
        by_run.setdefault(run.span.start, []).append(command)
    for commands in by_run.values():
        same = [command.words[0].span for command in commands if _is_the_same(command)]
        if same:
            yield Problem(
                message=_MESSAGE,
                span=same[0],
                fix=Fix(
                    title="Use `apt-get`",
                    edits=tuple(Edit.replace(span, "apt-get") for span in same),
                    applicability=Applicability.SAFE,
                ),
            )
        other = next((command for command in commands if not _is_the_same(command)), None)
        if other is not None:
            yield Problem(message=_MESSAGE, span=other.words[0].span)


_MESSAGE = "`apt` is for people: its command line and output may change"


def _is_the_same(command: Command) -> bool:
    """Tell whether `apt-get` does the same."""
    apt = apt_command(command)
    return apt is not None and apt.subcommand.value in _SAME and command.words[0].raw == "apt"
