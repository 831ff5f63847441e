"""
The NVIDIA driver, or what belongs to the host, is installed in the image.

The driver's libraries have to fit the kernel module of the host, so the container runtime puts the host's own into each container.
Another copy in the image is a few hundred megabytes that at best are hidden, and at worst are loaded: "driver/library version mismatch".
The package `cuda` pulls the driver in; `cuda-toolkit` is the same without it.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends nvidia-utils-550
```

```dockerfile
FROM ubuntu:24.04
RUN apt-get update && apt-get install -y --no-install-recommends cuda-12-4
```

Good:

```dockerfile
FROM ubuntu:24.04
RUN apt-get update && apt-get install -y --no-install-recommends cuda-toolkit-12-4
```

## When it is fine

`cuda-compat-…` is made for containers and is not reported.

## Fix

`cuda` becomes `cuda-toolkit`, `cuda-12-4` becomes `cuda-toolkit-12-4`. Safe: the runtime brings the driver.
Where a package is nothing but driver, there is no fix.

## Equivalents

tally no-container-runtime-in-image.

tally knows the container toolkit only.

## References

Containers for ML.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.downloads import downloads
from boxwright.practices.programs.gpu import is_container_toolkit_package, is_driver_package
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def driver_in_image(build: Build) -> Iterator[Problem]:
    for _, command in build.shipped_commands:
        system = system_command(command)
        for package in system.packages if system is not None and system.action == "install" else ():
            if package.name.startswith("cuda-compat") or package.is_file:
                continue
            if is_container_toolkit_package(package.name):
                message = f"`{package.name}` serves the container engine of the host"
            elif re.fullmatch(r"cuda(-\d+(-\d+)?)?", package.name):
                message = f"`{package.name}` pulls in the driver, which belongs to the host"
            elif is_driver_package(package.name):
                message = f"`{package.name}` is part of the driver, which belongs to the host"
            else:
                continue
            word = package.word
            fix = None
            if re.match(r"cuda(?:-\d|=|$)", word.raw):
                fix = Fix(
                    title="Install the toolkit without the driver",
                    edits=(Edit.insert(word.span.start + len("cuda"), "-toolkit"),),
                    applicability=Applicability.SAFE,
                )
            yield Problem(message=message, span=word.span, fix=fix)
        for download in downloads(command) if command.program in {"curl", "wget"} else ():
            name = posixpath.basename(download.url.partition("?")[0])
            if re.match(r"NVIDIA-Linux-.*\.run$", name):
                yield Problem(
                    message=f"`{name}` installs the driver, which belongs to the host",
                    span=download.url_word.span,
                )
