"""
RUN is given more of the builder than a build needs.

`--security=insecure` runs the command with all rights of root on the builder: a package's install script then has the machine, and the secrets of all other builds on it.
`--network=host` lets it reach what listens on the builder only, and its cloud's metadata service.

Bad:

```dockerfile
FROM debian:12-slim
RUN --security=insecure ./configure-kernel.sh
```

```dockerfile
FROM debian:12-slim
RUN --network=host pip install --index-url http://localhost:8080/simple acme
```

Good:

```dockerfile
FROM debian:12-slim
RUN --network=none make test
```

## When it is fine

The builder must allow both (`--allow security.insecure`), so whoever builds has been asked. `--network=host` is an `info`.

## Fix

None.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def insecure_run(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        if not run.flags:
            continue
        security, network = run.security, run.network
        if security is not None and security.value == "insecure":
            yield Problem("this `RUN` has all rights of root on the builder", security.span)
        if network is not None and network.value == "host":
            yield Problem(
                "this `RUN` is in the network of the builder",
                network.span,
                severity=Severity.INFO,
            )
