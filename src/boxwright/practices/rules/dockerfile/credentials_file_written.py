r"""
A command leaves a file of credentials in the layer.

Logging in writes down what it was given: `huggingface-cli login` a token, `docker login` a password in base 64, a line for `.netrc` itself.
The layer keeps the file for everybody who pulls the image.

Bad:

```dockerfile
FROM python:3.12-slim
ARG PASSWORD
RUN echo "machine pypi.acme.io login ci password $PASSWORD" > ~/.netrc
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=hf,env=TOKEN \
    huggingface-cli login --token $TOKEN && \
    huggingface-cli download acme/encoder
```

Good:

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=hf,env=HF_TOKEN \
    huggingface-cli download acme/encoder
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    pip install --no-cache-dir acme-models
```

## When it is fine

Where the same `RUN` removes the file, or writes it into a mount, no layer has it.
In a stage whose layers do not ship nothing is reported.

What a later layer removes is `secret-copied-then-deleted`.

## Fix

None: most tools read the credential from a variable or a file as well, which a secret mount gives them for one `RUN`.

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
from boxwright.syntax.dockerfile.instructions import Run


@rule(Build, severity=Severity.WARNING)
def credentials_file_written(build: Build) -> Iterator[Problem]:
    for secret in baked_secrets(build):
        if secret.removal is None and secret.stage.ships and isinstance(secret.instruction, Run):
            yield Problem(
                message=f"the layer keeps {secret.what} in `{secret.path}`",
                span=secret.span,
            )
