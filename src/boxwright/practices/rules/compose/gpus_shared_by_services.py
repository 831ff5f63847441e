"""
Several services are given the same GPUs.

A reservation keeps nothing for one service: Docker gives the same GPU to all that ask, and `count: 1` means the first one each time.
Two model servers that each take 90 % of the memory, which is vLLM's default, cannot both start; a training run beside a server dies when the server's load rises.

Bad:

```yaml
services:
  chat:
    image: vllm/vllm-openai:v0.6.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
  train:
    image: example/train:1.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: all
              capabilities: [gpu]
```

Good:

```yaml
services:
  chat:
    image: vllm/vllm-openai:v0.6.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              device_ids: ["0"]
              capabilities: [gpu]
  train:
    image: example/train:1.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              device_ids: ["1"]
              capabilities: [gpu]
```

## When it is fine

Where `device_ids` name the same GPU, or `CUDA_VISIBLE_DEVICES` says which one is used, somebody has decided that it is shared; nothing is said.
`runtime: nvidia` is not looked at: it is of boards that have one GPU, or `gpu-reservation-incomplete`.
Services of different profiles, and one that waits for the other to complete, do not run at the same time.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import run_together
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.node import Mapping
from boxwright.text.source import Span


@rule(ComposeFile, severity=Severity.WARNING)
def gpus_shared_by_services(file: ComposeFile) -> Iterator[Problem]:
    users = [service for service in file.services if _counts(service)]
    for at, service in enumerate(users):
        # The first few tell it; a file with hundreds of such services needs no more.
        for other in users[: min(at, 20)]:
            if run_together(service, other) and not _waits(service, other):
                yield Problem(
                    f"`{service.name}` is given the same GPUs as `{other.name}`", _place(service)
                )
                break


def _counts(service: Service) -> bool:
    """Tell whether *service* gets GPUs by their number, not by which they are."""
    if any(item.name == "CUDA_VISIBLE_DEVICES" for item in service.environment):
        return False
    if any(item.name == "NVIDIA_VISIBLE_DEVICES" for item in service.environment):
        return False
    gpus = [device for device in service.devices if device.is_gpu or not device.capabilities]
    if any(device.device_ids or "$" in device.count for device in gpus):
        return False
    return bool(gpus) or service.text("gpus") == "all"


def _waits(service: Service, other: Service) -> bool:
    return any(
        dependency.condition == "service_completed_successfully"
        for one, needed in ((service, other), (other, service))
        for dependency in one.depends_on
        if dependency.service == needed.name
    )


def _place(service: Service) -> Span:
    for device in service.devices:
        if isinstance(device.node, Mapping) and device.node.pairs:
            return service.span_of(device.node.pairs[0].key)
    return service.span_of(service.get("gpus"))
