"""
The image has CUDA in it and does not say which driver that needs.

A wheel of torch brings gigabytes of CUDA, and nothing in the image tells the machine that is to run it.
On a driver that is too old the container starts, and fails at the first call of the GPU; with `NVIDIA_REQUIRE_CUDA` the container toolkit refuses to start it, and says why.
On a machine without a GPU all of that is weight: PyTorch has wheels for the CPU, a tenth of the size.

Bad:

```yaml
cmd: [uvicorn, "main:app"]
layers:
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/nvidia/cublas/lib/libcublasLt.so.12: 600 MB}
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

Good:

```yaml
cmd: [uvicorn, "main:app"]
env: {NVIDIA_REQUIRE_CUDA: "cuda>=12.0"}
layers:
  - step: ENV NVIDIA_REQUIRE_CUDA=cuda>=12.0
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/nvidia/cublas/lib/libcublasLt.so.12: 600 MB}
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
```

## When it is fine

Where whoever schedules it knows: by a node selector, or by drivers that are the same everywhere. Images to build on are not judged.

## Fix

None in a finished image: `ENV NVIDIA_REQUIRE_CUDA=cuda>=12.0` for CUDA 12; or, where there is no GPU, the wheels from the index for the CPU. See gpu-wheels-on-cpu for Dockerfiles.

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
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.layers import readable
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.INFO)
def unstated_gpu_needs_in_image(image: ImageSubject) -> Iterator[Problem]:
    gpu = image.gpu
    if image.is_base or gpu.driver is None or "NVIDIA_REQUIRE_CUDA" in image.environment:
        return
    libraries = [
        path
        for path, (member, _) in image.contents.files.items()
        if "-packages/nvidia/" in path and member.size
    ]
    size = sum(image.contents.files[path].member.size for path in libraries)
    what = f"{readable(size)} of CUDA {gpu.cuda}" if size else f"CUDA {gpu.cuda}"
    newest = max((image.contents.files[path].layer for path in libraries), default=None)
    yield Problem(
        f"{what} needs driver {gpu.driver_release or gpu.driver} or newer, and "
        "`NVIDIA_REQUIRE_CUDA` does not say so",
        image.layer_span(newest),
    )
