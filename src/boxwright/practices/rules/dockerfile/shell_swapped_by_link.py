"""
`/bin/sh` is made another shell by a link.

The link changes the shell of every script in the image that begins with `#!/bin/sh`, those of Debian's own packages among them, and the next update of the package puts it back.
SHELL says what RUN, CMD and ENTRYPOINT use, and changes nothing else.

Bad:

```dockerfile
FROM debian:13-slim
RUN ln -sf /bin/bash /bin/sh
RUN source /etc/environment && make
```

Good:

```dockerfile
FROM debian:13-slim
SHELL ["/bin/bash", "-c"]
RUN source /etc/environment && make
```

## Fix

A RUN that does nothing else becomes a SHELL. Unsafe: scripts in the image may rely on the link by now.

## Equivalents

hadolint DL4005.

hadolint takes a link that leads to `/bin/sh` for one that replaces it, and does not see `/usr/bin/sh` and `sudo ln`.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def shell_swapped_by_link(build: Build) -> Iterator[Problem]:
    for _, run, command in build.commands_of("ln"):
        operands = parse_arguments(command.arguments, "tS").operands
        if len(operands) < 2 or operands[-1].value not in _SH:
            continue
        yield Problem(
            message=f"`{operands[-1].value}` becomes `{operands[0].value}` for the whole image",
            span=command.span,
            fix=_fix(run, operands[0].value),
        )


_SH = frozenset({"/bin/sh", "/usr/bin/sh"})


def _fix(run: Run, shell: str) -> Fix | None:
    if shell.rpartition("/")[2] != "bash" or run.parent is not None or run.flags or run.heredocs:
        return None
    if not all(_is_swap(command) for command in run.commands):
        return None
    return Fix(
        title="Say it with SHELL",
        edits=(Edit.replace(run.span, f'{keyword("SHELL", run.dockerfile)} ["/bin/bash", "-c"]'),),
        applicability=Applicability.UNSAFE,
        changes=("-RUN", "+SHELL"),
    )


def _is_swap(command: Command) -> bool:
    """Tell whether *command* only serves to swap the shell."""
    return command.program in {"ln", "rm", "mv"} and any(
        word.value in _SH for word in command.arguments
    )
