"""
A user with a high number is made without --no-log-init.

`useradd` opens a place for the user in `/var/log/lastlog` and `/var/log/faillog`, which lie in these files by number: for user 1,000,000,000 at about 290 GB.
On disk that is a hole and takes no space; a layer is a tar archive, in which holes are zeros, and the build fills the disk or stops.

Bad:

```dockerfile
FROM debian:12-slim
RUN useradd --uid 1000680000 app
```

Good:

```dockerfile
FROM debian:12-slim
RUN useradd --no-log-init --uid 1000680000 app
```

```dockerfile
FROM debian:12-slim
RUN useradd --uid 10001 app
```

## When it is fine

Below 100,000 the files stay small, and `adduser` does not have the fault. A number in a variable is not judged where it is not known.

## Fix

`--no-log-init` is added. Safe.

## Equivalents

hadolint DL3046.

hadolint does not know `--uid` and takes a variable for a high number.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.users import new_user
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

_LEAST = 100_000


@rule(Build, severity=Severity.WARNING)
def sparse_user_database(build: Build) -> Iterator[Problem]:
    for stage, run, command in build.commands_of("useradd"):
        user = new_user(command)
        if user is None or user.uid is None or not user.logs:
            continue
        number = stage.expanded(user.uid.value, run)
        if number is None or not number.isdecimal() or int(number[:20]) < _LEAST:
            continue
        at = command.start_span.end
        yield Problem(
            message=f"user {number} makes large, sparse files in `/var/log`",
            span=user.uid.span,
            fix=Fix(
                title="Add `--no-log-init`",
                edits=(Edit.insert(at, " --no-log-init"),),
                applicability=Applicability.SAFE,
            )
            if command.outer is None and run.exec is None
            else None,
        )
