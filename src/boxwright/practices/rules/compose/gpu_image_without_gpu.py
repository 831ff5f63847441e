"""
The image is for GPUs, and the service is given none.

Frameworks fall back to the CPU without failing, only some hundred times slower; model servers such as vLLM stop at once, with a message about the driver.

Bad:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
    command: ["--model", "/models/llama"]
```

```dockerfile title="Dockerfile"
FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
CMD ["python3", "train.py"]
```

```yaml
services:
  train:
    build: .
```

Good:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
    command: ["--model", "/models/llama"]
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
```

```yaml
services:
  serve:
    image: pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
    command: ["python", "serve.py", "--device", "cpu"]
```

## When it is fine

A service that is told to use the CPU (`--device cpu`, an empty `CUDA_VISIBLE_DEVICES`), that is given the GPU's device files, or that is completed by an overriding file is not reported; nor is one whose image another service has that is given a GPU.

## Fix

A GPU is reserved. Unsafe: on a machine that has none the service does not start any more.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import set_key
from boxwright.practices.compose_services import base_image, facts, is_partial
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.node import as_text


@rule(ComposeFile, severity=Severity.WARNING)
def gpu_image_without_gpu(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    with_gpu = {name for it in file.services if it.requests_gpu for name in _names(it)}
    for service in file.services:
        if service.requests_gpu or _is_for_cpu(service):
            continue
        image = _gpu_image(file, service)
        if not image or not with_gpu.isdisjoint(_names(service)):
            continue
        fix = set_key(
            file,
            service,
            ("deploy", "resources", "reservations", "devices"),
            "- driver: nvidia\n  count: 1\n  capabilities: [gpu]",
            title="Reserve a GPU",
            applicability=Applicability.UNSAFE,
        )
        place = service.image_node if service.build is None else service.get("build")
        is_scalar = as_text(place) is not None
        span = service.span_of(place if is_scalar else service.key)
        built = "built on " if service.build is not None else ""
        message = f"`{service.name}` is {built}`{image}`, which is for GPUs, and has none"
        yield Problem(message, span, fix)


def _gpu_image(file: ComposeFile, service: Service) -> str:
    """Return the image for GPUs that *service* is or is built on; empty if it is none."""
    known = facts(file, service)
    if known is None or (known.cuda is None and known.cuda_flavour is None):
        return ""
    build = file.build(service)
    image = build.final.base if build is not None and build.final is not None else None
    image = image or base_image(service)
    if "cpu" in (image.reference or ""):
        return ""
    return image.reference or ""


def _names(service: Service) -> set[str]:
    """Return what the image of *service* is known by, in the file."""
    names = {service.image or ""}
    if service.build is not None and service.build.dockerfile_path:
        names.add(f"build {service.build.dockerfile_path}")
    return names - {""}


def _is_for_cpu(service: Service) -> bool:
    if service.get("devices") is not None or service.flag("privileged") or "cpu" in service.name:
        return True
    for item in service.environment:
        if item.name == "CUDA_VISIBLE_DEVICES" and item.value in {"", "-1", None}:
            return True
        if item.name == "NVIDIA_VISIBLE_DEVICES" and item.value in {"", "void", "none"}:
            return True
        if (item.value or "").lower() in {"cpu", "cpu_only"}:
            return True
    words = [word.value.lower() for command in service.start for word in command.words]
    # Somebody who looks in, or waits, needs no GPU.
    return any(word == "cpu" or word.endswith(("=cpu", ":cpu")) for word in words)
