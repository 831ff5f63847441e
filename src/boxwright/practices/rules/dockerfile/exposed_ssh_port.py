"""
The SSH port is exposed.

A container with an SSH server has two processes, a password or key to manage, and a door that is open wherever the image runs.
`docker exec` and `kubectl exec` give a shell without one.

Bad:

```dockerfile
FROM python:3.12-slim
EXPOSE 8000 22
```

Good:

```dockerfile
FROM python:3.12-slim
EXPOSE 8000
```

## When it is fine

Where SSH is the service itself, for example between the nodes of an MPI job. Ignore it there with the reason.

## Equivalents

checkov CKV_DOCKER_1, trivy DS-0004, KICS "Exposing Port 22 (SSH)".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Expose


@rule(Build, severity=Severity.WARNING)
def exposed_ssh_port(build: Build) -> Iterator[Problem]:
    for expose in build.of(Expose):
        for word in expose.ports:
            if (build.reference(word, expose) or "").lower() in ("22", "22/tcp"):
                yield Problem(message="port 22 (SSH) is exposed", span=word.span)
