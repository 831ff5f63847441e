"""
Packages of one image are made for different major releases of CUDA.

Each looks for the libraries of its own release. What another package brought along does not help it: it fails to load, or goes on with the CPU without a word.
Where each brings its own, they are there twice, in gigabytes.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.4.0 --index-url https://download.pytorch.org/whl/cu118
RUN pip install --no-cache-dir cupy-cuda12x==13.3.0
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.4.0 --index-url https://download.pytorch.org/whl/cu121
RUN pip install --no-cache-dir cupy-cuda12x==13.3.0
```

## When it is fine

Packages whose version, and so whose CUDA, only the day of the build decides are not compared.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.cuda import CudaWheel, cuda_wheels
from boxwright.practices.cuda_use import is_stated
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.ERROR)
def mixed_cuda_wheels(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None:
        return
    by_name: dict[str, list[CudaWheel]] = {}
    for wheel in cuda_wheels(final.distributions):
        if wheel.major is not None and is_stated(wheel):
            by_name.setdefault(wheel.package.name, []).append(wheel)
    # A lock file may hold one package for several releases, of which one is installed.
    certain = [
        wheels[0] for wheels in by_name.values() if len({wheel.major for wheel in wheels}) == 1
    ]
    if not certain:
        return
    first = certain[0]
    for wheel in certain[1:]:
        run = wheel.package.instruction
        if wheel.major == first.major or run is None:
            continue
        yield Problem(
            message=f"`{wheel.package.name}` is made for CUDA {wheel.version} ({wheel.because}),"
            f" `{first.package.name}` for CUDA {first.version} ({first.because})",
            span=wheel.package.word_span or run.keyword_span,
        )
        return
