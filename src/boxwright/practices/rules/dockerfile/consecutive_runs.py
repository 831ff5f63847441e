r"""
Several RUN instructions follow each other where one would do.

Each is a layer of its own, which is stored, pulled and unpacked on its own, and what a later one removes stays in the one before.
Steps that belong together are also cached together: two of them can come from different days.

Bad:

```dockerfile
FROM debian:12-slim
RUN useradd --create-home app
RUN install -d -o app /srv/models
```

Good:

```dockerfile
FROM debian:12-slim
RUN useradd --create-home app \
    && install -d -o app /srv/models
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
RUN pip install --no-cache-dir fastapi==0.115.6
```

## When it is fine

Installing packages, downloading and compiling are steps that earn a layer of their own: they are cached one by one, and a large layer that does not change is not pulled again.
Stages that do not ship leave no layers behind, so nothing is reported there.

## Fix

The commands are joined by `&&`, comments between them are kept.
Safe: the same commands run in the same order.
Scripts that change directory, variables or options of the shell are not joined.

## Settings

- `strict`: also report installations, downloads and compilations, and stages that do not ship, as hadolint does. Default: `false`.

## Equivalents

hadolint DL3059, KICS "Multiple RUN, ADD, COPY, Instructions Listed".

As in hadolint, instructions with different flags, and with more than one command, are not reported.
Without `strict`, neither are those that are described under "When it is fine".

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.programs.caches import filled_caches
from boxwright.practices.programs.compilers import compilation
from boxwright.practices.programs.downloads import downloads
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO, options={"strict": False})
def consecutive_runs(build: Build) -> Iterator[Problem]:
    strict = bool(build.options.get("strict"))
    for stage in build.stages:
        if not strict and not stage.ships:
            continue
        for group in _groups(stage.instructions, strict=strict):
            first, second, *_ = group
            count = "two" if len(group) == 2 else str(len(group))
            yield Problem(
                message=f"this `RUN` and the one in line {first.first_line} are {count} layers of"
                " one command each"
                if len(group) == 2
                else f"the {count} `RUN` from line {first.first_line} to {group[-1].first_line}"
                " are layers of one command each",
                span=second.keyword_span,
                fix=_fix(build, group),
            )


def _groups(instructions: Sequence[object], *, strict: bool) -> Iterator[list[Run]]:
    group: list[Run] = []
    for instruction in (*instructions, None):
        if isinstance(instruction, Run) and _is_single(instruction, strict=strict):
            if group and _flags(group[-1]) != _flags(instruction):
                if len(group) > 1:
                    yield group
                group = []
            group.append(instruction)
            continue
        if len(group) > 1:
            yield group
        group = []


def _flags(run: Run) -> list[tuple[str, str]]:
    return sorted((flag.name, flag.value) for flag in run.flags)


def _is_single(run: Run, *, strict: bool) -> bool:
    commands = [command for command in run.commands if command.outer is None]
    if len(commands) != 1 or run.heredocs:
        return False
    return strict or not _earns_layer(commands[0])


def _earns_layer(command: Command) -> bool:
    return bool(
        dependency_install(command)
        or downloads(command)
        or compilation(command)
        or any(filled.cache.name != "apt lists" for filled in filled_caches(command))
    )


_CHANGES_SHELL = frozenset(
    {"cd", "pushd", "popd", "export", "set", "shopt", "umask", "source", ".", "exec", "exit",
     "alias", "unset", "trap", "eval", "read", "local", "declare", "ulimit", "return", "shift"}
)  # fmt: skip


def _fix(build: Build, group: Sequence[Run]) -> Fix | None:
    for run in group:
        script = run.parsed_script
        command = run.commands[0]
        if (
            script is None
            or script.has_error
            or len(script.statements) != 1
            or script.statements[0].span.end != run.span.end
            or command.program in _CHANGES_SHELL
            or not command.program
            or command.conditional
            or command.redirects
        ):
            return None
    text, newline = build.source.text, build.source.newline
    escape = group[0].escape
    edits = []
    for before, run in pairwise(group):
        # Blank lines would be empty lines of the continued instruction.
        between = [
            line for line in text[before.span.end : run.span.start].splitlines() if line.strip()
        ]
        start = run.arguments.offset(0)
        lead = newline.join([f" {escape}", *between, "    && "])
        edits.append(Edit(before.span.end, start, lead))
    return Fix(
        title="Join them to one `RUN`",
        edits=tuple(edits),
        applicability=Applicability.SAFE,
        changes=tuple("-RUN" for _ in group[1:]),
    )
