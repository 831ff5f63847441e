"""
The image needs a newer driver than the hosts have.

The driver is the host's, and a major release of CUDA starts only with a driver that is new enough: 450 for CUDA 11, 525 for CUDA 12, 580 for CUDA 13.
With an older one, containers do not start ("unsatisfied condition: cuda>=…"), or programs see no GPU.

Bad:

```toml title="boxwright.toml"
[check.rules.cuda-needs-newer-driver]
driver = 550
```

```dockerfile
FROM nvidia/cuda:13.0.3-runtime-ubuntu24.04
```

```toml title="boxwright.toml"
[check.rules.cuda-needs-newer-driver]
driver = 550
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.12.0
```

Good:

```toml title="boxwright.toml"
[check.rules.cuda-needs-newer-driver]
driver = 550
```

```dockerfile
FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04
```

## When it is fine

Nothing is reported as long as the settings do not say which driver the hosts have.
With `cuda-compat` on data-center GPUs, an older driver may do; then set `driver` to what that makes of it.

## Settings

- `driver`: the oldest driver among the hosts, its major release: `550`. Default: `0`, which is not known.

## References

Base images, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.cuda import cuda_wheels, minimum_driver
from boxwright.practices.cuda_use import is_stated
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING, options={"driver": 0})
def cuda_needs_newer_driver(build: Build) -> Iterator[Problem]:
    final = build.final
    driver = build.options.get("driver")
    if final is None or not isinstance(driver, int) or driver <= 0:
        return
    facts = final.base.facts
    if facts is not None and facts.cuda:
        needed = minimum_driver(facts.cuda)
        if needed is not None and needed > driver:
            yield Problem(
                message=f"CUDA {facts.cuda} of `{final.base.reference}` needs driver {needed},"
                f" the hosts have {driver}",
                span=final.chain[-1].stage.from_.image.span,
            )
            return
    for wheel in cuda_wheels(final.distributions):
        needed = minimum_driver(wheel.version)
        run = wheel.package.instruction
        if needed is None or needed <= driver or run is None or not is_stated(wheel):
            continue
        yield Problem(
            message=f"`{wheel.package.name}` is made for CUDA {wheel.version} ({wheel.because}) and"
            f" needs driver {needed}, the hosts have {driver}",
            span=wheel.package.word_span or run.keyword_span,
        )
        return
