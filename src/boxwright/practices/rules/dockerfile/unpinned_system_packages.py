"""
A package of the distribution is installed without its version.

The same Dockerfile installs another version next month, so two images of one commit differ.
But distributions remove old versions when a security fix comes, and then a pinned build fails: that is why this rule is off.
It earns its place with a mirror that keeps every version, such as a snapshot archive.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1=14.2.0-19 && rm -rf /var/lib/apt/lists/*
```

## Equivalents

hadolint DL3008, DL3018, DL3033, DL3037, DL3041, KICS "Apt Get Install Pin Version Not Defined".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO, default=False)
def unpinned_system_packages(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of(
        "apt-get", "apt", "aptitude", "apk", "yum", "dnf", "dnf5", "microdnf", "tdnf", "zypper"
    ):
        system = system_command(command)
        if system is None or system.action != "install":
            continue
        # `yum module install nodejs:20` names a stream.
        is_module = any(word.value == "module" for word in command.arguments)
        for word in system.unknown:
            if "=" not in word.value:
                yield Problem(
                    f"`{word.value}` is installed in whatever version there is", word.span
                )
        for package in system.packages:
            if is_module and ":" in package.word.value:
                continue
            if not package.version and not package.is_file:
                yield Problem(
                    message=f"`{package.name}` is installed in whatever version there is",
                    span=package.word.span,
                )
