"""
Processes exchange tensors by a `/dev/shm` of 64 MB.

PyTorch's data loaders pass batches to the training process by shared memory, and NCCL and model servers pass tensors between the processes of a machine by it.
An engine gives a container 64 MB; a batch of 64 images of 512 by 512 pixels in three channels of 32 bits has 200 MB.
Then a worker "is killed by signal: Bus error", hours into a run if batches differ in size.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    command: python train.py --num-workers 8
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
          image: registry.example.org/train:2.1.0
          command: [torchrun, --nproc_per_node=4, train.py]
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    command: python train.py --num-workers 8
    shm_size: 8gb
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
          image: registry.example.org/train:2.1.0
          command: [torchrun, --nproc_per_node=4, train.py]
          volumeMounts:
            - name: shm
              mountPath: /dev/shm
      volumes:
        - name: shm
          emptyDir:
            medium: Memory
            sizeLimit: 8Gi
```

## When it is fine

Where the command does not say how many processes there are, training and notebooks with PyTorch, and Triton, are an `info`: one process alone needs none of it.
With `ipc: host` or `hostIPC` the memory of the host is used, which `host-namespace` tells about.

## Fix

`shm_size` is set, or an `emptyDir` in memory is mounted at `/dev/shm`: 8 GB, 2 GB for Triton, and never more than half of the memory limit, since what is in it counts as memory.
Safe: nothing is taken up before it is used.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container
from boxwright.practices.containers import PodContainer, ServiceContainer, containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.shared_memory import is_default_size, shared_memory_use
from boxwright.syntax.yaml.written import Data


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def small_shared_memory(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        use = shared_memory_use(container)
        if use is None or not is_default_size(container):
            continue
        yield Problem(
            message=f"`{container.name}` has 64 MB of shared memory, and {use.why}",
            span=container.span,
            fix=_fix(container, use.gigabytes << 10),
            severity=Severity.WARNING if use.is_certain else Severity.INFO,
        )


def _fix(container: ServiceContainer | PodContainer, megabytes: int) -> Fix | None:
    limit = container.memory.value
    if limit is not None:
        megabytes = min(megabytes, int(limit / 2) >> 20)
        if megabytes <= 64:
            return None
    amount, unit = (megabytes, "M") if megabytes % 1024 else (megabytes >> 10, "G")
    beside: dict[str, Data] = {}
    if isinstance(container, ServiceContainer):
        size = f"{amount}{unit.lower()}b"
        keys: dict[str, Data] = {"shm_size": size}
    else:
        if "shm" in container.spec.pod.volumes:
            return None
        size = f"{amount}{unit}i"
        keys = {"volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}]}  # noqa: S108
        volume = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": size}}
        beside = {"volumes": [volume]}
    return add_to_container(container, f"Give it `{size}`", keys, Applicability.SAFE, beside=beside)
