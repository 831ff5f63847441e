"""
A command is run that does nothing for an image.

`ps`, `top`, `service` and their like look at or change what runs.
When a build is over nothing of that is left: a service that was started in a `RUN` is not running in the container.

Bad:

```dockerfile
FROM debian:13-slim
RUN service redis-server start
```

Good:

```dockerfile
FROM debian:13-slim
CMD ["redis-server", "--save", "", "--appendonly", "no"]
```

## Equivalents

hadolint DL3001, KICS "Run Utilities And POSIX Commands", semgrep nonsensical-command.

hadolint does not know `systemctl`.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_POINTLESS = (
    "ssh", "vim", "shutdown", "service", "ps", "free", "top", "kill", "mount", "ifconfig",
    "systemctl",
)  # fmt: skip


@rule(Build, severity=Severity.INFO)
def pointless_command(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of(*_POINTLESS):
        if command.program == "systemctl" and any(
            word.value in ("enable", "disable", "mask", "--help", "set-default")
            for word in command.arguments
        ):
            continue
        yield Problem(
            message=f"`{command.program}` leaves nothing in an image",
            span=command.start_span,
        )
