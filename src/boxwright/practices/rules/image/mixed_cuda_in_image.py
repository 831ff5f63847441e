"""
The image has parts of several releases of CUDA that do not go together.

Each program looks for the libraries of its own release, and finds whichever the search path has first: it fails to load, or goes on with the CPU without a word.
Where each has its own, they are there twice, in gigabytes.

Bad:

```yaml
layers:
  - step: ADD cuda.tar /
    files: {usr/local/cuda-11.8/targets/x86_64-linux/lib/libcudart.so.11.8.89: 680 kB}
    binaries:
      - {path: usr/local/cuda-11.8/targets/x86_64-linux/lib/libcudart.so.11.8.89, size: 680000, soname: libcudart.so.11.0}
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

Good:

```yaml
layers:
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

## When it is fine

Wheels that bundle a release of their own and load that one.
Newer releases of one major are compatible with what was built for older ones.

## Fix

None in a finished image: a base without CUDA, or packages that are made for the same release. See mixed-cuda-wheels and cuda-wheel-mismatch for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, clause
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING)
def mixed_cuda_in_image(image: ImageSubject) -> Iterator[Problem]:
    for conflict in image.gpu.conflicts:
        # What the image asks its host for is understated-driver-in-image's.
        if not conflict.startswith("`NVIDIA_REQUIRE_CUDA`"):
            yield Problem(clause(conflict), image.whole)
