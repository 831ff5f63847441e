"""
Everybody may change these files.

Mode 777 lets any process in the container, whatever its user, replace code that another one runs, or a model that it loads.
It is mostly there because the owner is wrong.

Bad:

```dockerfile
FROM python:3.12-slim
COPY . /app
RUN chmod -R 777 /app
```

```dockerfile
FROM python:3.12-slim
COPY --chmod=777 start.sh /app/
```

Good:

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 app
COPY --chown=10001 --chmod=755 . /app
RUN chmod 1777 /scratch
USER 10001
```

## When it is fine

With the sticky bit, `1777` as `/tmp` has it, nobody can remove what others wrote; that, `/tmp` itself and stages that do not ship are not reported.
OpenShift runs containers as any number, but always with the group 0: `chgrp 0` and `g=u` are enough there.

## Fix

`777` becomes `755`, and `666` becomes `644`. Unsafe: who has to write there must own the files.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.files import permissions
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit
from boxwright.text.source import Span

_OPEN = ("/tmp/", "/var/tmp/", "/dev/", "/run/lock/")  # noqa: S108 (paths in images)


@rule(Build, severity=Severity.WARNING)
def world_writable_files(build: Build) -> Iterator[Problem]:
    for _, run, command in build.shipped_commands_of("chmod"):
        found = permissions(command)
        if found is None or not found.is_world_writable:
            continue
        paths = [word.value for word in found.paths if not f"{word.value}/".startswith(_OPEN)]
        if paths:
            yield Problem(
                message=f"everybody may change `{paths[0]}`",
                span=command.span,
                fix=_fix(found.setting.value, found.setting.span)
                if command.outer is None and run.exec is None
                else None,
            )
    for stage in build.shipped:
        for copy in stage.copies:
            flag = copy.chmod
            if flag is None or not _is_open(flag.value):
                continue
            name = copy.destination.value if copy.destination is not None else ""
            yield Problem(
                message=f"everybody may change `{name}`",
                span=flag.span,
                fix=_fix(flag.value, flag.value_span),
            )


def _is_open(mode: str) -> bool:
    if not mode.isdecimal():
        return "o+w" in mode or "a+w" in mode or "o=rw" in mode or "a=rw" in mode
    return mode[-1] in "2367" and not (len(mode) == 4 and mode[0] in "1357")


def _fix(mode: str, span: Span) -> Fix | None:
    better = {"777": "755", "0777": "0755", "666": "644", "0666": "0644"}.get(mode)
    if better is None or span.end - span.start != len(mode):
        return None
    return Fix(
        title=f"Write `{better}`",
        edits=(Edit.replace(span, better),),
        applicability=Applicability.UNSAFE,
    )
