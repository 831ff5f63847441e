"""
A user is made, and the container runs as root all the same.

The work is half done: without `USER`, `useradd` only adds a line to `/etc/passwd`.

Bad:

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 --create-home app
COPY --chown=app serve.py /home/app/
CMD ["python", "/home/app/serve.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 --create-home app
COPY --chown=app serve.py /home/app/
USER 10001
CMD ["python", "/home/app/serve.py"]
```

```dockerfile
FROM debian:12-slim
RUN useradd --system redis
ENTRYPOINT ["gosu", "redis", "redis-server"]
```

## When it is fine

Where the start command or the entrypoint's script names the user, it is taken to become that user itself, as are `nginx`, `postgres` and other users of servers.
Of a stage that does not ship nothing is reported.
Where a `USER root` stands there, `root-user` reports that.

## Fix

`USER` is set before the start command. Unsafe: what the process writes has to belong to that user.

## Equivalents

checkov CKV_DOCKER_3, trivy DS-0002, tally user-created-but-never-used.

checkov and trivy do not tell it from a file that makes no user.
tally takes a `--chown` with the name for a use.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.unprivileged_user import idle_user, running, unprivileged_fix


@rule(Build, severity=Severity.WARNING)
def user_created_not_used(build: Build) -> Iterator[Problem]:
    user, final = idle_user(build), build.final
    if user is None or final is None:
        return
    yield Problem(
        message=f"the user `{user.name.value}` is made, but {running(final)} as root: no `USER`"
        " is set",
        span=user.name.span,
        fix=unprivileged_fix(build, final, None),
    )
