"""
A package manager is started so that it asks before it installs.

A build has nobody who answers: the question reads an end of file, and the step fails, or installs nothing.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
```

```dockerfile
FROM rockylinux:9
RUN dnf install libgomp && dnf clean all
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
```

## When it is fine

`yes | apt-get install …` answers, and `-qq` asks nothing.

## Fix

`-y` is added (`--non-interactive` for zypper). Safe.

## Equivalents

hadolint DL3014, DL3030, DL3034, DL3038, trivy DS-0021, KICS "APT-GET Missing Flags To Avoid Manual Input", semgrep missing-assume-yes-switch.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def install_asks_questions(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of(
        "apt-get", "apt", "aptitude", "yum", "dnf", "dnf5", "microdnf", "zypper"
    ):
        system = system_command(command)
        asks = {"install", "remove", "upgrade"} if command.program == "zypper" else {"install"}
        if system is None or system.action not in asks or system.yes or command.pipe_position:
            continue
        if system.arguments.has(
            "--download-only", "-d", "--assumeno", "--help", "--simulate", "-s"
        ):
            continue
        is_zypper = system.program == "zypper"
        option = " --non-interactive" if is_zypper else " -y"
        at = command.words[0].span.end if is_zypper else system.insert_at
        yield Problem(
            message=f"`{system.program} {system.subcommand.value}` asks before it installs, and"
            " nobody answers",
            span=system.subcommand.span,
            fix=Fix(
                title=f"Add `{option.strip()}`",
                edits=(Edit.insert(at, option),),
                applicability=Applicability.SAFE,
            ),
        )
