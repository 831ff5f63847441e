"""
Nothing says which CUDA release the image has.

CUDA decides which driver the host needs and which wheels work.
Where a build argument without a default or the day of the build chooses it, the same file gives an image that runs on the cluster today and does not next month.

Bad:

```dockerfile
ARG CUDA_VERSION
FROM nvidia/cuda:${CUDA_VERSION}-runtime-ubuntu22.04
```

```dockerfile
FROM mambaorg/micromamba:2.0.5
RUN micromamba install --yes --name base --channel conda-forge pytorch-gpu=2.5.1
```

Good:

```dockerfile
ARG CUDA_VERSION=12.4.1
FROM nvidia/cuda:${CUDA_VERSION}-runtime-ubuntu22.04
```

```dockerfile
FROM mambaorg/micromamba:2.0.5
RUN micromamba install --yes --name base --channel conda-forge pytorch-gpu=2.5.1 cuda-version=12.6
```

## When it is fine

`pytorch` of conda without anything that says GPU may be the one for the CPU, so it is not reported.

## References

Base images, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_IMAGES = ("nvidia/cuda", "nvcr.io/nvidia/cuda", "docker.io/nvidia/cuda")
_SAYS_CUDA = ("cuda-version", "cudatoolkit", "pytorch-cuda", "cuda-toolkit", "cuda", "cuda-runtime")
_FOR_GPU = frozenset(
    {"pytorch-gpu", "tensorflow-gpu", "jaxlib-gpu", "cupy", "rapids", "cudf", "cuml"}
)


@rule(Build, severity=Severity.WARNING)
def unstated_cuda_version(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        from_ = stage.stage.from_
        raw = from_.image.value
        if stage.parent is None and raw.partition(":")[0].partition("@")[0] in _IMAGES:
            if "@" in raw:
                continue
            base = stage.base
            if base.reference is None:
                what = f"`{raw}` has no default"
            elif base.facts is not None and not base.facts.cuda:
                what = f"`{base.reference}` names no CUDA release"
            else:
                continue
            yield Problem(message=f"{what}: any build may get another", span=from_.image.span)
    for found in build.shipped_commands_of("conda", "mamba", "micromamba"):
        conda = conda_command(found.command)
        if conda is None or conda.action not in {"install", "create"} or conda.files:
            continue
        if any(package.name in _SAYS_CUDA and package.version for package in conda.packages):
            continue
        if found.stage.env("CONDA_OVERRIDE_CUDA") or any(
            assignment.name == "CONDA_OVERRIDE_CUDA" for assignment in found.command.assignments
        ):
            continue
        for package in conda.packages:
            if package.name in _FOR_GPU and "cuda" not in package.build:
                yield Problem(
                    message=f"`{package.name}` is installed for whatever CUDA is newest then",
                    span=package.word.span,
                )
                break
