r"""
The image that ships is built on a development flavour of CUDA.

`-devel` adds compilers, headers and static libraries, some 2 to 4 GB, to what a program needs to run.
Nobody compiles in a running service, except an attacker who got in.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir onnxruntime-gpu==1.20.1
CMD ["python3", "serve.py"]
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir onnxruntime-gpu==1.20.1
CMD ["python3", "serve.py"]
```

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip wheel --wheel-dir /wheels flash-attn==2.7.4

FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir /wheels/*.whl
```

## When it is fine

Where a package compiles kernels while it runs (`deepspeed`, `vllm`, `cupy` and others), and in images for development, by the name of the file or stage, nothing is reported.
Where something is compiled while the image is built, it is only a hint: a stage of its own could do that. It is a hint, too, where packages come from a file that cannot be read.

## Fix

`-devel` becomes `-runtime` where nothing is compiled.
Unsafe: a script may use the compiler in a way that cannot be seen.

## Equivalents

tally prefer-runtime-final-stage.

tally looks at `nvidia/cuda` only; here `pytorch/pytorch`, `rocm/dev-…`, the NVIDIA HPC SDK and conda's toolkit packages are looked at too.

## References

Containers for ML, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.cuda_use import (
    compiles_at_run_time,
    flavour_edit,
    has_unread_manifests,
    is_named_for_development,
    may_compile_for_gpu,
)
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def cuda_devel_at_runtime(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or is_named_for_development(build) or compiles_at_run_time(final) is not None:
        return
    if _is_devel(final):
        compiles = may_compile_for_gpu(final)
        # In a notebook people compile, now and then.
        is_sure = not compiles and not has_unread_manifests(final) and final.kind != "notebook"
        edit = None if compiles else flavour_edit(build, "runtime")
        why = "a stage of its own could compile" if compiles else "nothing is compiled with it"
        yield Problem(
            message=f"`{final.base.reference}` ships compilers and headers: {why}",
            span=final.chain[-1].stage.from_.image.span,
            fix=Fix(
                title="Use the `runtime` flavour",
                edits=(edit,),
                applicability=Applicability.UNSAFE,
            )
            if edit is not None
            else None,
            severity=None if is_sure else Severity.INFO,
        )
    for package in final.distributions:
        if package.manager == "conda" and package.name in _CONDA_TOOLKITS:
            run = package.instruction
            if run is None or may_compile_for_gpu(final):
                continue
            yield Problem(
                message=f"`{package.name}` brings the CUDA compiler: nothing is compiled with it",
                span=package.word_span or run.keyword_span,
            )


_CONDA_TOOLKITS = frozenset({"cudatoolkit-dev", "cuda-nvcc", "cuda-toolkit", "cuda-compiler"})


def _is_devel(stage: StageFacts) -> bool:
    base = stage.base
    facts = base.facts
    if facts is not None and facts.family in {"cuda", "pytorch"}:
        return facts.cuda_flavour == "devel"
    if base.repository == "nvidia/nvhpc":
        return "devel" in base.parts.words
    return base.repository.startswith("rocm/dev-")
