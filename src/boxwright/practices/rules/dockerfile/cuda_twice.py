"""
CUDA libraries are in the base image and in Python packages.

The wheels of PyTorch and others bring cuBLAS, cuDNN, NCCL and the rest as `nvidia-…` packages, and load those.
The ones of the base image are pulled, stored and scanned, and never loaded: `-runtime-` has 1.3 GB of them (compressed), `-cudnn-runtime-` 2 GB.
The driver is no reason for them: it comes from the host.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir torch==2.6.0
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir torch==2.6.0
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
```

## When it is fine

Where something in the image is compiled for GPUs, or a package looks for the libraries of the system (`onnxruntime-gpu`, `cupy`, plain `tensorflow`), nothing is reported.

## Fix

The base becomes the `-base-` flavour, which has the CUDA runtime and nothing else.
Unsafe: a program that is not installed by pip may use the libraries.
`python:…-slim` with `--gpus` does as well, and is smaller still.

## References

Containers for ML, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.cuda_use import (
    compiles_at_run_time,
    flavour_edit,
    may_compile_for_gpu,
    user_of_system_libraries,
    wheels_with_libraries,
)
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_BASE_FLAVOUR_MB = 100


@rule(Build, severity=Severity.WARNING)
def cuda_twice(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None:
        return
    facts = final.base.facts
    if facts is None or facts.family != "cuda" or facts.cuda_flavour not in {"runtime", "devel"}:
        return
    wheels = wheels_with_libraries(final)
    if not wheels or user_of_system_libraries(final) is not None:
        return
    if may_compile_for_gpu(final):
        return
    if facts.cuda_flavour == "devel" and compiles_at_run_time(final) is not None:
        return
    saved = (facts.size_mb or _BASE_FLAVOUR_MB) - _BASE_FLAVOUR_MB
    size = f" (about {saved / 1000:.1f} GB)" if saved else ""
    edit = flavour_edit(build, "base")
    yield Problem(
        message=f"`{wheels[0].package.name}` brings the CUDA libraries that it uses: those of"
        f" `{final.base.reference}`{size} are there a second time",
        span=final.chain[-1].stage.from_.image.span,
        fix=Fix(
            title="Use the `base` flavour",
            edits=(edit,),
            applicability=Applicability.UNSAFE,
        )
        if edit is not None
        else None,
    )
