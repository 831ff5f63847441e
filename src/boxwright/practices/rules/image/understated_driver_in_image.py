"""
The image asks its host for an older CUDA than the one in it.

`NVIDIA_REQUIRE_CUDA` is what the container toolkit compares with the driver before it starts the container.
Where it says less than the libraries need, as the base's does after wheels of a newer CUDA were installed, the container starts on a driver that is too old, and fails at the first call of the GPU.

Bad:

```yaml
env: {NVIDIA_REQUIRE_CUDA: "cuda>=11.8"}
layers:
  - step: ENV NVIDIA_REQUIRE_CUDA=cuda>=11.8
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

Good:

```yaml
env: {NVIDIA_REQUIRE_CUDA: "cuda>=12.0"}
layers:
  - step: ENV NVIDIA_REQUIRE_CUDA=cuda>=12.0
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

## When it is fine

A smaller minor release: all releases of CUDA 12 run on the driver that the first one needs. With `NVIDIA_DISABLE_REQUIRE` nothing is asked for.

## Fix

None in a finished image: set `NVIDIA_REQUIRE_CUDA` to the release that the wheels bring, or take a base of that one. See cuda-needs-newer-driver for Dockerfiles.

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
from boxwright.plan.cuda import major
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING)
def understated_driver_in_image(image: ImageSubject) -> Iterator[Problem]:
    gpu = image.gpu
    asked, needed = major(gpu.requires), major(gpu.cuda)
    if asked is not None and needed is not None and asked < needed:
        driver = f", which needs driver {gpu.driver_release}" if gpu.driver_release else ""
        yield Problem(
            f"`NVIDIA_REQUIRE_CUDA` asks for CUDA {gpu.requires}, and CUDA {gpu.cuda} is in the "
            f"image{driver}",
            image.setting_span("ENV NVIDIA_REQUIRE_CUDA"),
        )
