r"""
A credential is deleted in a later layer than the one that has it.

Every instruction makes a layer, and a later one can only hide a file: the layer with it is pulled with the image all the same.
`docker save` and `tar` are all that is needed to have it back.

Bad:

```dockerfile
FROM python:3.12-slim
COPY .netrc /root/.netrc
RUN pip install --no-cache-dir acme-models
RUN rm /root/.netrc
```

```dockerfile
FROM python:3.12-slim
RUN echo "machine pypi.acme.io login ci password $PASSWORD" > /root/.netrc
RUN pip install --no-cache-dir acme-models
RUN rm -f ~/.netrc
```

```dockerfile
FROM python:3.12-slim
COPY . /app
RUN rm /app/.env
```

Good:

```dockerfile
# syntax=docker/dockerfile:1
FROM python:3.12-slim
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    pip install --no-cache-dir acme-models
```

```dockerfile
FROM python:3.12-slim
RUN echo "machine pypi.acme.io login ci password $PASSWORD" > /root/.netrc \
    && pip install --no-cache-dir acme-models \
    && rm /root/.netrc
```

## When it is fine

Written and removed by the same `RUN` it is in no layer.
In a stage whose layers do not ship, nothing is reported.

## Fix

None: which commands need the file only their author knows. A secret mount gives it to them: `RUN --mount=type=secret,id=netrc,target=/root/.netrc`.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.baked_secrets import baked_secrets
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.ERROR)
def secret_copied_then_deleted(build: Build) -> Iterator[Problem]:
    for secret in baked_secrets(build):
        if secret.removal is not None:
            line = build.source.position(secret.removal.span.start).line
            yield Problem(
                message=f"`{secret.path}` stays in this layer, although line {line} removes it",
                span=secret.span,
            )
