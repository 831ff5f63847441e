"""
The image of a service has a package manager.

It is never run again once the image is built, and it lets whoever gets in install what is missing: compilers, scanners, a shell with history.
Images change by being built anew, not from inside a container.

Bad:

```yaml
user: "65532"
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/apt-get: {size: 50 kB, mode: "755"}
      usr/bin/dpkg: {size: 300 kB, mode: "755"}
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

## Fix

None in a finished image: Boxwright's default variant and distroless images have none. `pip` need not be in the environment that ships either: `uv sync` makes one without it.

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
from boxwright.scan.layer_index import DIRECTORY

_MANAGERS = frozenset(
    {
        "apk", "apt", "apt-get", "conda", "dnf", "dnf5", "dpkg", "gem", "mamba", "microdnf",
        "micromamba", "npm", "opkg", "pacman", "pdm", "pip", "pip3", "pipx", "pnpm", "poetry",
        "rpm", "tdnf", "uv", "yarn", "yum", "zypper",
    }
)  # fmt: skip


@rule(ImageSubject, severity=Severity.INFO)
def package_manager_in_image(image: ImageSubject) -> Iterator[Problem]:
    if not image.is_service:
        return
    found: dict[str, int] = {}
    for path, (member, layer) in image.contents.files.items():
        folder, _, name = path.rpartition("/")
        if (
            name in _MANAGERS
            and member.kind != DIRECTORY
            and folder.rpartition("/")[2] in ("bin", "sbin", "condabin")
        ):
            found[path] = layer
    if found:
        names = "a package manager" if len(found) == 1 else "package managers"
        yield Problem(
            f"a service with {names}: {named(sorted(found))}",
            image.layer_span(min(found.values())),
        )
