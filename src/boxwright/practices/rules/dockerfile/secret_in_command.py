r"""
A credential stands in a command.

The text of every instruction is in the image's history, and the Dockerfile is in the repository: both are read by more people than may have the password.
Taking it out later helps neither the old images nor the old commits.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --index-url https://ci:s3cr3tPass9@pypi.acme.io/simple acme-models
```

```dockerfile
FROM python:3.12-slim
RUN curl -fsSL -H "Authorization: Bearer 81f3c09ab7724e51" -o /model.onnx https://models.acme.io/model.onnx
```

```dockerfile
FROM python:3.12-slim
RUN docker login --username ci --password hunter2hunter2 registry.acme.io
```

Good:

```dockerfile
# syntax=docker/dockerfile:1
FROM python:3.12-slim
RUN --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    pip install --no-cache-dir acme-models
RUN --mount=type=secret,id=models,env=TOKEN \
    curl -fsSL -H "Authorization: Bearer $TOKEN" -o /model.onnx https://models.acme.io/model.onnx
```

## When it is fine

A variable is no credential by itself; where it comes from a build argument or `ENV`, `secret-in-build-argument` and `secret-in-environment` report it.
Placeholders are not reported.

## Fix

None: the credential has to be withdrawn first, and then given by a secret mount.

## Equivalents

KICS "Passwords And Secrets".

That query reads any text; this rule knows which options, URLs and headers of which programs are credentials.

## References

Best practices guide, Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.credentials import find_credentials, url_credential
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Cmd, Entrypoint, Healthcheck, Run


@rule(Build, severity=Severity.ERROR)
def secret_in_command(build: Build) -> Iterator[Problem]:
    for kind in (Run, Cmd, Entrypoint, Healthcheck):
        for instruction in build.of(kind):
            for command in instruction.commands:
                for credential in find_credentials(command):
                    if credential.is_literal:
                        yield Problem(
                            message=f"{credential.kind} stands in the command: {credential.shown}",
                            span=credential.span,
                        )
    for add in build.of(Add):
        for word in add.sources:
            url = url_credential(word.value)
            if url is not None and url.is_literal:
                yield Problem(
                    message=f"a credential stands in a URL: `{url.shown}`", span=word.span
                )
