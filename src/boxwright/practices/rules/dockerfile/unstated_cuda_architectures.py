r"""
Something is compiled for GPUs without saying for which.

A build has no GPU to look at. What is compiled is then for all architectures that the compiler knows, which takes hours and makes the file several times as large, or for an old default that newer GPUs translate at each start, or not at all.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS build
RUN pip wheel --wheel-dir /wheels --no-build-isolation flash-attn==2.7.4
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS build
ENV TORCH_CUDA_ARCH_LIST="8.0;8.6;9.0+PTX"
RUN pip wheel --wheel-dir /wheels --no-build-isolation flash-attn==2.7.4
```

## When it is fine

Any variable or option that names architectures is enough; which one a project listens to is not judged.
Where the base image is not known to have the CUDA compiler, nothing is compiled for certain and nothing is reported.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.compilers import Compilation, compilation
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run

_VARIABLES = (
    "TORCH_CUDA_ARCH_LIST", "CMAKE_CUDA_ARCHITECTURES", "CUDAARCHS", "FLASH_ATTN_CUDA_ARCHS",
    "NVCC_GENCODE", "NVCC_FLAGS", "NVCC_APPEND_FLAGS", "NVCC_PREPEND_FLAGS", "CUDA_ARCH",
    "CUDA_ARCHITECTURES", "CUDA_ARCH_LIST", "TCNN_CUDA_ARCHITECTURES", "NVTE_CUDA_ARCHS",
    "MMCV_CUDA_ARGS", "CMAKE_ARGS", "GPU_ARCHS", "PYTORCH_ROCM_ARCH", "FORCE_CUDA_ARCH", "CUDA_COMPUTE_CAP",
)  # fmt: skip
_OPTIONS = ("-arch", "--gpu-architecture", "-gencode", "--generate-code", "sm_", "ARCH", "arch=")
_HAS_WHEELS = frozenset(
    {"xformers", "deepspeed", "vllm-flash-attn", "spconv", "cumm", "sageattention", "auto-gptq",
     "autoawq-kernels", "kaolin", "transformer-engine", "pycuda", "detectron2", "natten"}
)  # fmt: skip


@rule(Build, severity=Severity.WARNING)
def unstated_cuda_architectures(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        stage = build.stage_of(run)
        if stage is None:
            continue
        for command in run.commands:
            found = compilation(command)
            if found is None or not found.uses_cuda or not _compiles(stage, found):
                continue
            if not _says_architectures(stage, run, found):
                yield Problem(
                    message=f"`{found.what}` is compiled for GPUs, but nothing says for which",
                    span=found.word.span,
                )
                break


def _compiles(stage: StageFacts, found: Compilation) -> bool:
    if found.what in _HAS_WHEELS and "git+" not in found.word.value:
        return False
    if found.what in {"make", "ninja", "cargo"}:
        # Their files say what they do.
        return False
    facts = stage.base.facts
    if facts is not None and facts.family == "nvidia-ngc":
        return False  # These images have the variable.
    return found.what == "nvcc" or stage.has_program("nvcc") is True


def _says_architectures(stage: StageFacts, run: Run, found: Compilation) -> bool:
    environment = stage.environment_at(run)
    if any(stage.is_mentioned(name) and name in environment for name in _VARIABLES):
        return True
    for command in run.commands:
        if any(assignment.name in _VARIABLES for assignment in command.assignments):
            return True
    texts = [word.value for word in found.command.words]
    return any(option in text for text in texts for option in _OPTIONS) or (
        # Without output there is nothing to run: `nvcc --version`.
        found.what == "nvcc" and not any(text.endswith((".cu", ".cpp", ".c")) for text in texts)
    )
