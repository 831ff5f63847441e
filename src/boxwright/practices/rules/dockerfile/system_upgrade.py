"""
All packages are upgraded to another release of the distribution.

`dist-upgrade` may replace or remove packages to get there, and the image is then neither what its base is nor what its tag says.
A newer base does the same for everybody who shares it, and in layers that are stored once.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get dist-upgrade -y
```

```dockerfile
FROM opensuse/leap:15.6
RUN zypper --non-interactive dup
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get upgrade -y
```

## When it is fine

Plain upgrades within a release bring security fixes that the base does not have yet. They are not reported, though a build that pulls a fresh base has the same.

## Equivalents

hadolint DL3035, KICS "Run Using Upgrade Commands", semgrep avoid-dnf-update.

dockle DKL-DI-0003 and trivy DS-0024 report plain upgrades too, which Docker's own advice no longer does.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_TO_ANOTHER_RELEASE = frozenset({"dist-upgrade", "full-upgrade", "dup", "distro-sync"})


@rule(Build, severity=Severity.WARNING)
def system_upgrade(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of("apt-get", "apt", "aptitude", "dnf", "zypper"):
        system = system_command(command)
        if system is not None and system.subcommand.value in _TO_ANOTHER_RELEASE:
            yield Problem(
                message=f"`{system.program} {system.subcommand.value}` makes another base of this one",
                span=system.subcommand.span,
            )
