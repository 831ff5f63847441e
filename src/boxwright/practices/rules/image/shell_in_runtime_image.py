"""
The image of a service has a shell.

A shell is what most attacks on a service want to start first, and the service itself needs none.
Without one, whoever finds a way to run a command finds nothing to run it with.

Bad:

```yaml
user: "65532"
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/dash: {size: 130 kB, mode: "755"}
      usr/bin/sh: {link: dash}
```

Good:

```yaml
user: "65532"
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/python3.13: {size: 6 MB, mode: "755"}
```

## When it is fine

Images for development, training, notebooks and jobs: only services are judged.
An entry point that is a shell script needs one; so does whoever looks for mistakes in a running container, for whom Kubernetes has debug containers with tools of their own.

## Fix

None in a finished image: Boxwright's default variant and distroless images have no shell.

## Settings

None.

## Equivalents

None.

## References

Best practices guide, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import SYMLINK

_SHELLS = frozenset({"ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "zsh"})
_FOLDERS = frozenset({"bin", "usr/bin", "usr/local/bin", "sbin", "usr/sbin"})


@rule(ImageSubject, severity=Severity.INFO)
def shell_in_runtime_image(image: ImageSubject) -> Iterator[Problem]:
    if not image.is_service:
        return
    found: dict[str, int] = {}
    for path, live in image.contents.files.items():
        folder, _, name = path.rpartition("/")
        # What is a link is told by what it leads to.
        if name in _SHELLS and folder in _FOLDERS and live.member.kind != SYMLINK:
            found[path] = live.layer
    if found:
        yield Problem(
            f"a service with {'a shell' if len(found) == 1 else 'shells'}: {named(sorted(found))}",
            image.layer_span(min(found.values())),
        )
