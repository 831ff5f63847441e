"""
apt installs what is only recommended.

By default apt installs recommended packages too.
For `ffmpeg` or `python3-pip` those are hundreds of megabytes (a compiler among them) that nothing in a container asks for, and each is one more to patch.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y python3-pip && rm -rf /var/lib/apt/lists/*
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
```

## When it is fine

Where apt is told so by its settings (`APT::Install-Recommends "false"` in `/etc/apt/apt.conf.d`), which is seen if the same file writes them.
In a stage whose layers do not ship it costs time, and the finding is an information.

## Fix

`--no-install-recommends` is added. Unsafe: a recommended package may be one that is used.

## Equivalents

hadolint DL3015, trivy DS-0029, KICS "APT-GET Not Avoiding Additional Packages", semgrep missing-no-install-recommends.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.open_versions import names
from boxwright.practices.programs.apt import AptCommand, apt_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def apt_recommends(build: Build) -> Iterator[Problem]:
    found = build.commands_of("apt-get", "apt", "aptitude")
    if not found or "install-recommends" in build.source.text.lower().replace(
        "no-install-recommends", ""
    ):
        return
    by_run: dict[int, list[AptCommand]] = {}
    ships: dict[int, bool] = {}
    for stage, run, command in found:
        apt = apt_command(command)
        if apt is None or apt.action not in ("install", "build-dep") or apt.no_recommends:
            continue
        if apt.arguments.has("--install-recommends") or not (apt.packages or apt.unknown):
            continue
        by_run.setdefault(run.span.start, []).append(apt)
        ships[run.span.start] = stage.ships
    for start, commands in by_run.items():
        packages = [package.name for apt in commands for package in apt.packages]
        verb = "recommends" if len(packages) == 1 else "recommend"
        options = dict.fromkeys(_option(apt) for apt in commands)
        yield Problem(
            message=f"what {names(packages) if packages else 'these packages'} {verb} is installed too",
            span=commands[0].subcommand.span,
            fix=Fix(
                title=f"Add `{next(iter(options))}`",
                edits=tuple(Edit.insert(apt.insert_at, f" {_option(apt)}") for apt in commands),
                applicability=Applicability.UNSAFE,
            ),
            # Elsewhere it costs time, and no layer that is pulled.
            severity=None if ships[start] else Severity.INFO,
        )


def _option(apt: AptCommand) -> str:
    return "--without-recommends" if apt.program == "aptitude" else "--no-install-recommends"
