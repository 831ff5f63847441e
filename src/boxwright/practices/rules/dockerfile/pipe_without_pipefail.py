r"""
A pipe hides that its first command failed.

The status of `curl … | tar -x` is that of `tar`. When the download fails, `tar` may well be content with nothing, and the layer is built without what it is for.

Bad:

```dockerfile
FROM debian:13-slim
RUN curl -fsSL https://example.com/vocabulary.tar.gz | tar -xz -C /srv
```

Good:

```dockerfile
FROM debian:13-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl -fsSL https://example.com/vocabulary.tar.gz | tar -xz -C /srv
```

```dockerfile
FROM debian:13-slim
RUN set -o pipefail; \
    curl -fsSL https://example.com/vocabulary.tar.gz | tar -xz -C /srv
```

## When it is fine

What `echo` or `printf` prints never fails to come, and `yes` is meant to be cut off.
The status of a substitution counts in an assignment (`x=$(a | b)`), and is lost among the words of a command.
PowerShell and cmd have no such thing. What comes behind `||`, as in `a | b || true`, is meant to go on.

## Equivalents

hadolint DL4006, KICS "Shell Running A Pipe Without Pipefail Flag", semgrep set-pipefail.

hadolint reports every pipe, also behind `set -o pipefail` in the script, and those of `echo` and in lost substitutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def pipe_without_pipefail(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        if run.exec is not None or _has_pipefail(run.shell):
            continue
        for command in run.commands:
            if not command.pipe_position or command.pipefail or command.outer is not None:
                continue
            first = next(
                (
                    other
                    for other in run.commands
                    if other.pipeline == command.pipeline and not other.pipe_position
                ),
                command,
            )
            before = [
                other
                for other in run.commands
                if other.pipeline == command.pipeline
                and other.pipe_position < command.pipe_position
            ]
            if all(other.program in _NEVER_FAILING for other in before):
                continue
            if command.in_substitution and not _is_assigned(command, run.commands):
                continue
            yield Problem(
                message=f"if `{first.program or 'the first command'}` fails, this pipe does not",
                span=first.span._replace(end=max(first.span.end, command.span.end)),
            )
            # One pipe of a RUN says it.
            break


_NEVER_FAILING = frozenset({"echo", "printf", "yes", "true", ":"})


def _is_assigned(command: Command, commands: Sequence[Command]) -> bool:
    """Tell whether the status of the substitution that *command* is in counts: in `x=$(a | b)`."""
    return any(
        not other.words
        and other.assignments
        and other.span.start <= command.span.start
        and command.span.end <= other.span.end
        for other in commands
    )


def _has_pipefail(shell: tuple[str, ...] | None) -> bool:
    if shell is None:
        return False
    return any(
        word == "pipefail" or (word.startswith("-") and "pipefail" in word) for word in shell
    ) or any(word.endswith(("pwsh", "powershell", "powershell.exe", "cmd")) for word in shell[:1])
