"""
A container that computes may take all processors of the machine.

Numerical libraries start a thread for each processor that they see.
A training run or a model server then slows down everything beside it, the health checks of others included, which time out.

Bad:

```yaml
services:
  worker:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: python worker.py
```

```yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: train
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: train
          image: registry.example.org/train:1.4.2
```

Good:

```yaml
services:
  worker:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: python worker.py
    environment:
      OMP_NUM_THREADS: "4"
    deploy:
      resources:
        limits:
          cpus: "4"
```

```yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: train
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: train
          image: registry.example.org/train:1.4.2
          resources:
            limits:
              cpu: "4"
```

## When it is fine

In a Compose file only what trains, serves models or has a library for it is reported.
In Kubernetes many leave the limit out on purpose and only request processors, so that what is idle is used: then turn the rule off.

## Fix

A limit is set: 4 processors for what computes, 1 for the rest, or what a pod requests if that is more.
`OMP_NUM_THREADS` is set with it where a numerical library is known to be there.
Unsafe: measure what yours needs.

## Equivalents

compose-lint CL-0026, KICS "Cpus Not Limited", kube-score container-resources, checkov CKV_K8S_11.

compose-lint reports every service that limits neither memory nor processors.

## References

MLSecOps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, environment_keys
from boxwright.practices.containers import PodContainer, ServiceContainer, containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.written import Data


@rule(ComposeFile, KubernetesFile, severity=Severity.INFO)
def unlimited_cpu(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        if container.processors.is_set or (container.is_service and not container.computes):
            continue
        why = f", and {container.computes}" if container.computes else ""
        yield Problem(
            message=f"nothing limits the processors of `{container.name}`{why}",
            span=container.span,
            fix=_fix(container),
        )


def _fix(container: ServiceContainer | PodContainer) -> Fix | None:
    number = 4 if container.computes else 1
    if isinstance(container, ServiceContainer):
        if container.service.cpu_limit_node is not None:
            return None
        keys: dict[str, Data] = {"deploy": {"resources": {"limits": {"cpus": str(number)}}}}
    else:
        requested = container.spec.own_request("cpu")
        if requested is not None and requested.value is not None:
            number = max(number, math.ceil(requested.value))
        keys = {"resources": {"limits": {"cpu": str(number)}}}
    more = {}
    if container.starts_threads_by_processor:
        more = environment_keys(container, {"OMP_NUM_THREADS": str(number)})
    title = f"Limit it to {number} processor{'s' if number > 1 else ''}"
    return add_to_container(container, title, {**more, **keys}, Applicability.UNSAFE)
