"""
The image has a library of the NVIDIA driver in it.

`libcuda.so.1` has to be of the same version as the kernel module of the machine: the container toolkit brings the right one in at start, and a copy in the image can be found before it.
Then nothing works, with `CUDA driver version is insufficient`, on all machines but one.

Bad:

```yaml
layers:
  - step: RUN apt-get install -y libcuda1
    files:
      usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14: 28 MB
      usr/lib/x86_64-linux-gnu/libcuda.so.1: {link: libcuda.so.550.54.14}
```

Good:

```yaml
layers:
  - step: ADD cuda.tar /
    files:
      usr/local/cuda-12.8/compat/libcuda.so.570.86.10: 28 MB
```

## When it is fine

The forward-compatibility package in `cuda/compat` and the stubs that are linked against are not told.

## Fix

None in a finished image: leave the driver's packages out. See driver-in-image for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Containers for ML, Docker patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import FILE

_DRIVER = re.compile(
    r"lib(?:cuda|cudadebugger|nvcuvid|nvidia-(?:cfg|encode|fbc|glcore|gpucomp|ml|nvvm|opencl"
    r"|opticalflow|ptxjitcompiler)|(?:EGL|GLX)_nvidia)\.so\.[0-9][0-9.]*"
)
_NOT_LOADED = re.compile(r"/(?:cuda-)?compat/|/stubs/")


@rule(ImageSubject, severity=Severity.ERROR)
def driver_library_in_image(image: ImageSubject) -> Iterator[Problem]:
    found: dict[int, list[str]] = {}
    for path, (member, layer) in image.contents.files.items():
        # An empty file is where the toolkit mounts the machine's own.
        if ".so." not in path or member.kind != FILE or not member.size:
            continue
        if _DRIVER.fullmatch(path.rpartition("/")[2]) and not _NOT_LOADED.search(f"/{path}"):
            found.setdefault(layer, []).append(path)
    for layer, paths in sorted(found.items()):
        what = "is a library" if len(paths) == 1 else "are libraries"
        yield Problem(
            f"{named(sorted(paths))} {what} of the NVIDIA driver, which the machine brings",
            image.layer_span(layer),
        )
