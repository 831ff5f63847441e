"""
Certificates or signatures are not verified.

`curl -k`, `pip install --trusted-host` and `apt-get --allow-unauthenticated` take what anybody between the build and the server sends, and run it as root.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --trusted-host pypi.example.com torch==2.13.0
```

```dockerfile
FROM python:3.12-slim
ENV PYTHONHTTPSVERIFY=0
```

Good:

```dockerfile
FROM python:3.12-slim
COPY company-ca.crt /usr/local/share/ca-certificates/
RUN update-ca-certificates
RUN pip install --no-cache-dir torch==2.13.0
```

## When it is fine

Never for long: a proxy or a server with a certificate of its own is what `update-ca-certificates`, `PIP_CERT` and `SSL_CERT_FILE` are for.

## Equivalents

checkov CKV2_DOCKER_2, CKV2_DOCKER_3, CKV2_DOCKER_4, CKV2_DOCKER_5, CKV2_DOCKER_6, CKV2_DOCKER_7, CKV2_DOCKER_8, CKV2_DOCKER_9, CKV2_DOCKER_10, CKV2_DOCKER_11, CKV2_DOCKER_12, CKV2_DOCKER_13, CKV2_DOCKER_14, CKV2_DOCKER_15, CKV2_DOCKER_16.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.verification import disabled_verification, disables_verification
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@rule(Build, severity=Severity.ERROR)
def verification_turned_off(build: Build) -> Iterator[Problem]:
    for _, command in build.commands:
        if not command.words and not command.assignments:
            continue
        for found in disabled_verification(command):
            text = " ".join(word.value for word in command.words)
            if any(f"//{host}" in text for host in _LOCAL):
                continue
            yield Problem(f"`{found.option}`: {found.what} are not verified", found.span)
    for env in build.of(Env):
        for pair in env.pairs:
            what = disables_verification(pair.name.value, pair.value.value)
            if what is not None:
                yield Problem(
                    f"`{pair.name.value}`: {what} are not verified, in containers too", pair.span
                )
