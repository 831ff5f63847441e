"""
The image has the libraries of CUDA twice.

The wheels of PyTorch, TensorFlow and JAX bring CUDA, cuDNN and NCCL of their own: those of a CUDA base lie beside them unused, and weigh two to four gigabytes.
Where both are of different versions, the search path decides which one is loaded.

Bad:

```yaml
layers:
  - step: ADD cuda.tar /
    files: {usr/local/cuda-12.8/targets/x86_64-linux/lib/libcublas.so.12: 100 MB}
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/nvidia/cublas/lib/libcublas.so.12: 100 MB}
```

Good:

```yaml
layers:
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/nvidia/cublas/lib/libcublas.so.12: 100 MB}
```

## When it is fine

Code of your own that is built against the base's CUDA, and needs that one.

## Fix

None in a finished image: a base without CUDA, as the wheels need only the driver. See cuda-twice for Dockerfiles.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

## Equivalents

None.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.image_waste import LEAST, wasted
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"least": LEAST})
def cuda_twice_in_image(image: ImageSubject) -> Iterator[Problem]:
    yield from wasted(image, "cuda-twice-in-image")
