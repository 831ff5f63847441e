r"""
CUDA libraries are installed that are there already.

The wheels of PyTorch and others bring cuDNN, NCCL and cuBLAS and load those; the `-runtime-` and `-cudnn-` images of NVIDIA have them, too.
Another copy is several hundred megabytes to a gigabyte that nothing loads, or that is loaded in place of the one that fits.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip libcudnn9-cuda-12
RUN pip install --no-cache-dir torch==2.6.0
```

```dockerfile
FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip libcudnn9-cuda-12
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir torch==2.6.0
```

## When it is fine

Where something is compiled for GPUs, or a package looks for the system's libraries, nothing is reported.

## Fix

The package is taken off the list, if others are left.
Unsafe: a program that is not installed by pip may use it.

## Equivalents

tally no-redundant-cuda-install.

tally compares with the base image only.

## References

Containers for ML, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.cuda_use import (
    may_compile_for_gpu,
    user_of_system_libraries,
    wheels_with_libraries,
)
from boxwright.practices.open_versions import names
from boxwright.practices.programs.system_package import SystemPackage
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

_OF_TORCH = (
    "libcudnn", "cudnn", "libnccl", "libcublas", "libcufft", "libcurand", "libcusolver",
    "libcusparse", "libnvjitlink", "cuda-cudart", "cuda-nvrtc", "cuda-cupti", "cuda-libraries",
    "cuda-runtime",
)  # fmt: skip
_OF_RUNTIME = (
    "libcublas", "libcufft", "libcurand", "libcusolver", "libcusparse", "libnpp", "libnccl",
    "cuda-libraries", "cuda-cudart", "cuda-nvrtc",
)  # fmt: skip


@rule(Build, severity=Severity.WARNING)
def cuda_library_from_distribution(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None:
        return
    of_wheels: str | None = None
    for _, command in build.shipped_commands:
        system = system_command(command)
        if system is None or system.action != "install":
            continue
        by_owner: dict[str, list[SystemPackage]] = {}
        for package in system.packages:
            if package.name.startswith((*_OF_TORCH, *_OF_RUNTIME)) and not _is_for_headers(
                package, system.packages
            ):
                owner = _of_base(final, package.name)
                if not owner and package.name.startswith(_OF_TORCH):
                    of_wheels = _of_wheels(final) if of_wheels is None else of_wheels
                    owner = of_wheels
                if owner:
                    by_owner.setdefault(owner, []).append(package)
        for owner, packages in by_owner.items():
            listed = names([package.word.value for package in packages])
            if len(packages) > 1:
                owner = owner.removesuffix(" it") + " them" if owner.endswith(" it") else owner
            is_all = len(packages) == len(system.packages) + len(system.unknown)
            edits = [_removal(build, package) for package in packages]
            yield Problem(
                message=f"{listed} {'is' if len(packages) == 1 else 'are'} installed, but {owner}",
                span=packages[0].word.span,
                fix=Fix(
                    title="Leave out what is there already",
                    edits=tuple(edit for edit in edits if edit is not None),
                    applicability=Applicability.UNSAFE,
                )
                if None not in edits and not is_all
                else None,
            )


def _of_base(final: StageFacts, name: str) -> str:
    """Tell, as a clause, whether the base image has the library *name*; empty if not."""
    facts = final.base.facts
    is_cudnn = "cudnn" in name
    if facts is not None and facts.family in {"cuda", "pytorch"}:
        has_runtime = facts.cuda_flavour in {"runtime", "devel"} and name.startswith(_OF_RUNTIME)
        if (is_cudnn and facts.cudnn) or (not is_cudnn and has_runtime):
            return f"`{final.base.reference}` has it"
    return ""


def _of_wheels(final: StageFacts) -> str:
    """Tell, as a clause, which distribution brings libraries of its own; empty if none."""
    wheels = wheels_with_libraries(final)
    if not wheels or user_of_system_libraries(final) or may_compile_for_gpu(final):
        return ""
    return f"`{wheels[0].package.name}` brings its own"


def _is_for_headers(package: SystemPackage, packages: Sequence[SystemPackage]) -> bool:
    """Tell whether *package* is headers, or goes with headers that are installed, too."""
    if "-dev" in package.name:
        return True
    stem = package.name.partition("-")[0].rstrip("0123456789")
    return any("-dev" in each.name and each.name.startswith(stem) for each in packages)


def _removal(build: Build, package: SystemPackage) -> Edit | None:
    start, end = package.word.span
    text = build.source.text
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    line = text[text.rfind("\n", 0, start) + 1 : start]
    rest = text[end:].partition("\n")[0].strip()
    if line.strip():
        return Edit(start, end, "")
    if rest not in {"\\", "`"}:
        return None
    # It has a line of its own.
    return Edit(text.rfind("\n", 0, start) + 1, text.find("\n", end) + 1, "")
