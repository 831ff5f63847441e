"""
A service without a GPU is built with PyTorch for GPUs.

On Linux the default wheel of PyTorch brings all of CUDA: 3.0 GB to fetch and 5.5 GB unpacked, none of which is used where the service is given no GPU.
The wheel for the CPU is 0.2 GB and 0.7 GB.

Bad:

```dockerfile title="Dockerfile"
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
CMD ["python", "serve.py"]
```

```yaml
services:
  api:
    build: .
```

Good:

```dockerfile title="Dockerfile"
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0 --index-url https://download.pytorch.org/whl/cpu
CMD ["python", "serve.py"]
```

```yaml
services:
  api:
    build: .
```

```dockerfile title="Dockerfile"
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
CMD ["python", "serve.py"]
```

```yaml
services:
  api:
    build: .
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
```

## When it is fine

A file that another one completes (`compose.gpu.yaml`) is not judged, nor is a service whose Dockerfile another service has that is given a GPU.
Images on a base for GPUs are left to `gpu-image-without-gpu`.

## References

Containers for ML, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import is_partial
from boxwright.practices.cuda import cuda_wheels
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.yaml.compose import Service


@rule(ComposeFile, severity=Severity.WARNING)
def gpu_wheels_without_gpu(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    with_gpu = {
        service.build.dockerfile_path
        for service in file.services
        if service.build is not None and _has_gpu(service)
    }
    for service in file.services:
        build = file.build(service)
        if build is None or service.build is None or _has_gpu(service):
            continue
        if service.build.dockerfile_path in with_gpu:
            continue
        origin = _torch_for_gpu(build)
        if origin:
            yield Problem(
                message=f"`{service.name}` is given no GPU, but its image has `torch` with CUDA"
                f" ({origin})",
                span=service.span_of(service.key),
            )


def _has_gpu(service: Service) -> bool:
    return (
        service.requests_gpu
        or service.get("devices") is not None
        or service.flag("privileged")
        or "gpu" in service.name
    )


def _torch_for_gpu(build: Build) -> str:
    """Return what installs PyTorch with CUDA; empty where nothing does, or a base has it."""
    final = build.final
    facts = final.base.facts if final is not None else None
    if final is None or facts is None or facts.cuda or facts.cuda_flavour or facts.bundles:
        return ""
    for wheel in cuda_wheels(final.distributions):
        if wheel.package.name == "torch" and wheel.package.manager == "pip":
            return wheel.package.origin
    return ""
