"""
A password of the container is set at build time.

Everybody who has the image can read its history, and a hash in `/etc/shadow` besides.
With a password root is open to every process that can run `su`, and to SSH where that is there.

Bad:

```dockerfile
FROM debian:12-slim
RUN echo "root:hunter2" | chpasswd
```

```dockerfile
FROM debian:12-slim
RUN useradd --create-home --password Xk29fq7pLz dev
```

```dockerfile
FROM debian:12-slim
RUN passwd --delete root
```

Good:

```dockerfile
FROM debian:12-slim
RUN useradd --create-home --uid 10001 app
USER 10001
```

## When it is fine

A locked password (`useradd --password '*'`) lets nobody in and is not reported.
Nobody logs in to a container: `docker exec` needs no password.

## Fix

None: the line can go, but what relied on it has to be found.

## Equivalents

checkov CKV2_DOCKER_17.

checkov reports every `chpasswd`, also one that reads a secret mount.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.users import NewPassword, new_passwords
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_LOCKED = frozenset({"*", "!", "!!", "x", "*LK*"})
_PROGRAMS = ("chpasswd", "useradd", "usermod", "passwd")


@rule(Build, severity=Severity.WARNING)
def password_set_in_run(build: Build) -> Iterator[Problem]:
    for run in dict.fromkeys(run for _, run, _ in build.commands_of(*_PROGRAMS)):
        for found in new_passwords(run.commands):
            if found.word.value in _LOCKED:
                continue
            severity = Severity.ERROR if found.is_known else None
            yield Problem(_message(found), found.word.span, severity=severity)


def _message(found: NewPassword) -> str:
    user = f"`{found.user}`" if found.user and "$" not in found.user else "a user"
    if found.command.program == "passwd" and found.word.value.startswith("-"):
        return f"{user} needs no password any more"
    if found.is_known:
        return f"the password of {user} stands in the Dockerfile"
    return f"the image sets a password for {user}"
