"""
The working directory, or a volume, is a directory of the system.

Files of the application lie between those of the system: a `COPY . .` can replace a library or a configuration file, and nobody can tell later what belongs to what.
A volume over `/proc`, `/sys`, `/dev` or `/etc` hides what the container needs, or shows it to other containers.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR /usr/bin
COPY . .
```

```dockerfile
FROM python:3.12-slim
VOLUME ["/proc", "/data"]
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /usr/src/app
VOLUME ["/data"]
COPY . .
```

## When it is fine

Folders below, such as `/usr/src/app` or `/etc/nginx`, are not reported, except in `/proc`, `/sys` and `/dev`. Nor are `/` and `/root`: base images set them.

## Fix

None: all paths of the application depend on it.

## Equivalents

trivy DS-0030, dockle DKL-DI-0002.

trivy judges `WORKDIR`, dockle volumes; this rule both.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Volume, Workdir

_SYSTEM = frozenset(
    {
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin",
        "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local/bin", "/usr/sbin",
        "/usr/local/sbin", "/var/run", "/var/lib",
    }
)  # fmt: skip
_KERNEL = ("/proc/", "/sys/", "/dev/")


@rule(Build, severity=Severity.WARNING)
def system_directory_as_workdir(build: Build) -> Iterator[Problem]:
    for workdir in build.of(Workdir):
        path = build.reference(workdir.path, workdir) if workdir.path is not None else None
        if workdir.path is not None and path is not None and _is_system(path):
            yield Problem(
                f"the working directory `{path}` belongs to the system", workdir.path.span
            )
    for volume in build.of(Volume):
        for word in volume.paths:
            path = build.reference(word, volume)
            if path is not None and _is_system(path):
                yield Problem(f"the volume `{path}` covers a directory of the system", word.span)


def _is_system(path: str) -> bool:
    if not path.startswith("/"):
        return False
    path = absolute(path, None)
    if path == "/dev/shm":  # noqa: S108 (memory that is there to be shared)
        return False
    return path in _SYSTEM or path.startswith(_KERNEL) or path == "/var/run/docker.sock"
