"""
A container may take all memory of the machine.

When memory runs out the kernel ends some process, and that need not be the one that took it: a training run that keeps too much takes the database or the node's own services with it.
With a limit, the container that asks for too much is the one that ends, and the scheduler knows what fits where.

Bad:

```yaml
services:
  train:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: python train.py
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      resources:
        requests:
          memory: 2Gi
```

Good:

```yaml
services:
  train:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: python train.py
    deploy:
      resources:
        limits:
          memory: 16G
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      resources:
        requests:
          memory: 2Gi
        limits:
          memory: 2Gi
```

## When it is fine

In a Compose file it is an `info` for what neither trains nor serves models, and databases, brokers and dashboards as their makers publish them are left out.
In a pod it is an `info` for init containers.
A LimitRange of the same namespace among the checked files counts as a limit.

## Fix

A limit is set: what a pod requests, or else a first value by what the container runs (`16G` for training and servers of large models, `4G` for other models, less for the rest).
Unsafe: measure what yours takes.

## Equivalents

compose-lint CL-0026, KICS "Memory Not Limited", kube-linter unset-memory-requirements, kube-score container-resources, checkov CKV_K8S_13.

compose-lint reports every service that limits neither memory nor processors; here the two are two rules.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container
from boxwright.practices.containers import PodContainer, ServiceContainer, containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.written import Data


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def unlimited_memory(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        if container.memory.is_set or (container.is_service and container.is_infrastructure):
            continue
        why = f", and {container.computes}" if container.computes else ""
        yield Problem(
            message=f"nothing limits the memory of `{container.name}`{why}",
            span=container.span,
            fix=_fix(container),
            severity=_severity(container),
        )


def _severity(container: ServiceContainer | PodContainer) -> Severity:
    if isinstance(container, PodContainer):
        return Severity.INFO if container.spec.is_init else Severity.WARNING
    return Severity.WARNING if container.computes else Severity.INFO


def _fix(container: ServiceContainer | PodContainer) -> Fix | None:
    gigabytes = _gigabytes(container)
    if isinstance(container, ServiceContainer):
        if container.service.memory_limit_node is not None:
            return None
        amount = f"{gigabytes}G" if gigabytes >= 1 else f"{int(gigabytes * 1024)}M"
        keys: dict[str, Data] = {"deploy": {"resources": {"limits": {"memory": amount}}}}
    else:
        requested = container.spec.own_request("memory")
        amount = f"{gigabytes}Gi" if gigabytes >= 1 else f"{int(gigabytes * 1024)}Mi"
        if requested is not None:
            amount = requested.text
        keys = {"resources": {"limits": {"memory": amount}}}
    return add_to_container(container, f"Limit it to `{amount}`", keys, Applicability.UNSAFE)


def _gigabytes(container: ServiceContainer | PodContainer) -> float:
    """Return a first value: enough for most of its kind, and far from a whole machine."""
    if container.kind == "training" or container.requests_gpu:
        return 16
    if container.computes:
        is_slow = container.server is not None and container.server.slow
        return 16 if is_slow else 8 if container.kind == "notebook" else 4
    small = {"nginx": 0.25, "redis": 0.5}
    return small.get(container.server.name, 1) if container.server is not None else 1
