"""
The package lists are fetched in another RUN than the packages.

The layer of `apt-get update` stays in the cache for months while the line below it changes.
Then `install` asks for versions that the mirror has long replaced, and fails with 404, or installs what lacks the last security fixes.

Bad:

```dockerfile
FROM debian:13-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends libgomp1
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
```

## When it is fine

With a cache mount for the lists, which both instructions share, it is.

## Fix

The RUN that comes right behind is joined to it, and removes the lists of apt. Safe.
There is none where several live off the same lists: each of them needs an update of its own, or they belong together.

## Equivalents

checkov CKV_DOCKER_5, trivy DS-0017, dockle CIS-DI-0007, KICS "Update Instruction Alone".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import put_behind
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.programs.caches import cleared_caches
from boxwright.practices.programs.system_packages import SystemCommand, system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def apt_update_alone(build: Build) -> Iterator[Problem]:
    by_run: dict[int, list[SystemCommand]] = {}
    runs: dict[int, Run] = {}
    for _, run, command in build.commands_of(
        "apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "zypper"
    ):
        system = system_command(command)
        if system is not None:
            by_run.setdefault(run.span.start, []).append(system)
            runs[run.span.start] = run
    for start, systems in by_run.items():
        run = runs[start]
        updates = [system for system in systems if system.action == "update"]
        if not updates or any(system.action not in ("update", "clean") for system in systems):
            continue
        if any(
            "/var/lib/apt" in mount.target or "/var/cache" in mount.target for mount in run.mounts
        ):
            continue
        update = updates[-1]
        yield Problem(
            message=f"`{update.program} {update.subcommand.value}` is in a layer of its own, which"
            " the cache keeps while mirrors move on",
            span=update.command.span,
            fix=None if _serves_several(run, runs, by_run) else _joined(build, run, runs),
        )


def _serves_several(run: Run, runs: dict[int, Run], by_run: dict[int, list[SystemCommand]]) -> bool:
    """Tell whether more than one RUN behind *run* installs from what it fetches."""
    found = 0
    for start, systems in sorted(by_run.items()):
        if start <= run.span.start or runs[start].stage is not run.stage:
            continue
        if any(system.action == "update" for system in systems):
            break
        found += any(system.action in {"install", "upgrade"} for system in systems)
    return found > 1


def _joined(build: Build, run: Run, runs: dict[int, Run]) -> Fix | None:
    """Return the fix that joins the RUN right behind *run* to it."""
    instructions = run.stage.instructions if run.stage else ()
    follower = next((item for item in instructions if item.span.start > run.span.start), None)
    if not isinstance(follower, Run) or follower.span.start not in runs or follower.comments:
        return None
    plain = (
        not item.flags and not item.heredocs and item.exec is None and item.shell == run.shell
        for item in (run, follower)
    )
    # With `;` or `||` in the one, `&&` behind it would mean something else.
    if not all(plain) or any(
        statement.operator_before not in ("", "&&")
        for item in (run, follower)
        for statement in (item.parsed_script.statements if item.parsed_script else ())
    ):
        return None
    cleaned = _cleaned(build, follower)
    if cleaned is None:
        return None
    lead = f" {run.escape}{run.source.newline}    && "
    return Fix(
        title="Join it with the next RUN",
        edits=(Edit(run.span.end, follower.arguments_span.start, lead), *cleaned),
        applicability=Applicability.SAFE,
        changes=("-RUN",),
    )


def _cleaned(build: Build, run: Run) -> tuple[Edit, ...] | None:
    """Return the edits by which *run* leaves no lists of apt; None where that is not sure."""
    stage = build.stage_of(run)
    used = [command for command in run.commands if apt_command(command) is not None]
    is_done = any("apt lists" in cleared_caches(command) for command in run.commands)
    if not used or is_done or stage is None or not stage.ships:
        return ()
    edit = put_behind(used[-1], run, "rm -rf /var/lib/apt/lists/*")
    return (edit,) if edit is not None and not used[-1].conditional else None
