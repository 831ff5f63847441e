"""
A package is made for another CUDA release than the base image has.

A package that loads the CUDA libraries of the system does not find them: ONNX Runtime then goes on with the CPU, others fail.
One that is compiled against PyTorch is refused, because the compiler of the base is of another release.
And the newer of the two decides which driver the host needs, whatever the tag of the base says.

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN pip install --no-cache-dir cupy-cuda11x==13.3.0
```

```dockerfile
FROM nvidia/cuda:11.8.0-devel-ubuntu22.04
RUN pip install --no-cache-dir torch==2.6.0+cu124 --extra-index-url https://download.pytorch.org/whl/cu124
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN pip install --no-cache-dir cupy-cuda12x==13.3.0
```

## When it is fine

A difference in the minor release is only worth knowing: all of CUDA 12 runs with the libraries and drivers of CUDA 12.
Packages without a version are not judged, since it is the day of the build that decides what they are.

## Equivalents

tally cuda-version-mismatch.

tally reports different minor releases as it does major ones.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.cuda import cuda_wheels, major
from boxwright.practices.cuda_use import compilations, is_stated
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def cuda_wheel_mismatch(build: Build) -> Iterator[Problem]:
    final = build.final
    facts = final.base.facts if final is not None else None
    if final is None or facts is None or facts.family != "cuda" or not facts.cuda:
        return
    of_base = major(facts.cuda)
    if of_base is None:
        return
    reported: set[str] = set()
    for wheel in cuda_wheels(final.distributions):
        package = wheel.package
        if wheel.major is None or wheel.version in reported or not is_stated(wheel):
            continue
        if wheel.major == of_base:
            # Both are written down and differ, so one of the two was forgotten.
            is_same = "." not in wheel.version or facts.cuda.startswith(wheel.version)
            if not is_same and package.instruction is not None and package.manager != "conda":
                reported.add(wheel.version)
                yield Problem(
                    message=f"`{package.name}` is made for CUDA {wheel.version}"
                    f" ({wheel.because}), the base image has CUDA {facts.cuda}: it runs all the"
                    " same",
                    span=package.word_span or package.instruction.keyword_span,
                    severity=Severity.INFO,
                )
            continue
        if package.manager == "conda" or package.instruction is None:
            continue
        reported.add(wheel.version)
        is_broken = not wheel.brings_libraries or any(
            found.uses_cuda for found in compilations(final)
        )
        yield Problem(
            message=f"`{package.name}` is made for CUDA {wheel.version} ({wheel.because}), the"
            f" base image has CUDA {facts.cuda}",
            span=package.word_span or package.instruction.keyword_span,
            severity=Severity.ERROR if is_broken else None,
        )
