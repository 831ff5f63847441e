"""
LD_LIBRARY_PATH puts the CUDA libraries of the system before those of Python packages.

The loader looks into `LD_LIBRARY_PATH` before it looks where a wheel keeps its libraries.
PyTorch built for CUDA 12.4 then loads the cuBLAS or cuDNN that lies in `/usr/local/cuda/lib64`, of whatever release that is: missing symbols at best, a crash in the first convolution at worst.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN pip install --no-cache-dir torch==2.6.0
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64:$LD_LIBRARY_PATH
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN pip install --no-cache-dir torch==2.6.0
```

## When it is fine

Where a package looks for the system's libraries (`onnxruntime-gpu`, `cupy`, plain `tensorflow`), or something is compiled for GPUs, the path may be needed and nothing is reported.
The paths that NVIDIA's images set, `/usr/local/nvidia/lib64`, hold the driver and are no matter.

## Fix

The folder is taken out of the variable.
Unsafe: something else may be found by it.

## References

Containers for ML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.cuda_use import (
    may_compile_for_gpu,
    user_of_system_libraries,
    wheels_with_libraries,
)
from boxwright.practices.env_edits import path_elements, without_elements
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env


@rule(Build, severity=Severity.WARNING)
def library_path_hides_wheels(build: Build) -> Iterator[Problem]:
    package: str | None = None
    for stage in build.shipped:
        for env in stage.of(Env):
            for pair in env.pairs:
                if pair.name.value != "LD_LIBRARY_PATH":
                    continue
                folders = [each for each in path_elements(pair.value.value) if _has_cuda(each)]
                if not folders:
                    continue
                package = _hidden(build) if package is None else package
                if not package:
                    return
                change = without_elements(env, pair, _has_cuda)
                yield Problem(
                    message=f"`{folders[0]}` comes before the CUDA libraries that"
                    f" `{package}` brings",
                    span=pair.span,
                    fix=Fix(
                        title="Take the folder out of `LD_LIBRARY_PATH`",
                        edits=(change.edit,),
                        applicability=Applicability.UNSAFE,
                        changes=change.changes,
                    )
                    if change is not None
                    else None,
                )


def _hidden(build: Build) -> str:
    """Return a distribution whose libraries are hidden; empty where none is for certain."""
    final = build.final
    wheels = wheels_with_libraries(final) if final is not None else ()
    if final is None or not wheels or user_of_system_libraries(final) is not None:
        return ""
    return "" if may_compile_for_gpu(final) else wheels[0].package.name


def _has_cuda(folder: str) -> bool:
    """Tell whether *folder* is one of the CUDA toolkit's with libraries, stubs left aside."""
    pattern = r"(?:/usr/local|/opt)/cuda(?:-[\d.]+)?(?:/targets/[\w-]+)?/(?:lib64|lib|extras/CUPTI/lib64)/?"
    return re.fullmatch(pattern, folder.strip("\"'")) is not None
