r"""
A file of credentials is copied into the image.

Whoever pulls the image has the file, and so does every cache and registry on its way.
A key that is built in cannot be changed without a new image, and has to be once the image is seen by somebody else.

Bad:

```dockerfile
FROM python:3.12-slim
COPY kaggle.json /root/.kaggle/kaggle.json
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY serve.py .env ./
```

```dockerfile
FROM python:3.12-slim AS build
RUN make-token > /root/.aws/credentials

FROM python:3.12-slim
COPY --from=build /root/.aws/credentials /root/.aws/credentials
```

Good:

```dockerfile
# syntax=docker/dockerfile:1
FROM python:3.12-slim
COPY .env.example ca.pem id_rsa.pub /app/
RUN --mount=type=secret,id=kaggle,target=/root/.kaggle/kaggle.json \
    kaggle datasets download acme/reviews
```

## When it is fine

Where the file is there to be read and holds no credential (a `.npmrc` without a token, an `.env` of plain settings) nothing is reported, nor are certificates and public keys.
An `.env` or `.npmrc` that cannot be read is a warning, and so is a file in a stage whose layers do not ship: only the build's cache has that.

What is deleted again is `secret-copied-then-deleted`.

## Fix

None: what needs the file decides. At build time that is a secret mount, at run time a secret of compose or Kubernetes.

## Equivalents

trivy DS-0031, dockle CIS-DI-0010.

trivy reports a file only where an `ENV` names it; dockle finds it by its name in the finished image.

## References

Best practices guide, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.baked_secrets import baked_secrets
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run


@rule(Build, severity=Severity.ERROR)
def secret_file_copied(build: Build) -> Iterator[Problem]:
    for secret in baked_secrets(build):
        if secret.removal is None and not isinstance(secret.instruction, Run):
            yield Problem(
                message=f"`{secret.path}`, {secret.what}, becomes part of the image"
                if secret.stage.ships
                else f"`{secret.path}`, {secret.what}, becomes part of the build cache",
                span=secret.span,
                severity=None if secret.stage.ships and secret.is_sure else Severity.WARNING,
            )
