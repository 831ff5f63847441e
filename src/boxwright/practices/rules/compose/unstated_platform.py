"""
A service for GPUs is built for whatever machine builds it.

On a Mac with an ARM processor, `docker compose build` makes an arm64 image. The wheels for amd64 do not fit there: pip takes another build of PyTorch, mostly one for the CPU, or finds nothing.
Then the image that works on the laptop is not the one that runs on the server.

Bad:

```dockerfile title="Dockerfile"
FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04
CMD ["python3", "train.py"]
```

```yaml
services:
  train:
    build: .
```

Good:

```dockerfile title="Dockerfile"
FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04
CMD ["python3", "train.py"]
```

```yaml
services:
  train:
    build: .
    platform: linux/amd64
```

## When it is fine

Where every machine that builds has the processor of those that run it: this rule is off unless it is selected.
Images for Jetson are arm64 by themselves, and not reported.

## Fix

`platform: linux/amd64` is added. Unsafe: servers with ARM processors (GH200, Graviton) have GPUs too.

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import set_key
from boxwright.practices.compose_services import is_partial
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts


@rule(ComposeFile, severity=Severity.INFO, default=False)
def unstated_platform(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    for service in file.services:
        build = file.build(service) if service.build is not None else None
        if build is None or build.final is None:
            continue
        if service.get("platform") is not None or service.get("build", "platforms") is not None:
            continue
        if any(stage.stage.from_.platform is not None for stage in build.shipped):
            continue
        why = _for_gpus(build.final)
        if why:
            yield Problem(
                message=f"`{service.name}` {why}, and is built for the platform of whoever"
                " builds it",
                span=service.span_of(service.key),
                fix=set_key(
                    file,
                    service,
                    ("platform",),
                    "linux/amd64",
                    title="Add `platform: linux/amd64`",
                    applicability=Applicability.UNSAFE,
                ),
            )


def _for_gpus(final: StageFacts) -> str:
    """Return why the image is for GPUs, as a clause; empty if that is not known."""
    image = final.base
    facts = image.facts
    reference = image.reference or ""
    if "l4t" in reference or "jetson" in reference or "jetpack" in reference:
        return ""
    if facts is not None and facts.cuda is not None:
        return f"stands on `{reference}`"
    from boxwright.practices.cuda import cuda_wheels

    for wheel in cuda_wheels(final.distributions):
        if wheel.package.local_version:
            return f"installs `{wheel.package.name}` for CUDA {wheel.version}"
    return ""
