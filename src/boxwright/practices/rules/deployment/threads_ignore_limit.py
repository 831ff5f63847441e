"""
The processors are limited, and the numerical libraries do not know it.

OpenMP, MKL and OpenBLAS start a thread for each processor of the machine; a quota of the container does not change what they see.
On a node with 64 processors and a limit of 4, 64 threads share the time of 4, wait for each other, and are throttled together: requests take longer than with 4 threads.

Bad:

```yaml
services:
  api:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: uvicorn app:app
    cpus: 4
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
      command: [uvicorn, "app:app"]
      resources:
        limits:
          cpu: 1500m
```

Good:

```yaml
services:
  api:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: uvicorn app:app
    cpus: 4
    environment:
      OMP_NUM_THREADS: "4"
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
      command: [uvicorn, "app:app"]
      env:
        - name: OMP_NUM_THREADS
          value: "2"
      resources:
        limits:
          cpu: 1500m
```

## When it is fine

`MKL_NUM_THREADS` or `OPENBLAS_NUM_THREADS` will do as well, also when the image sets it.
`torchrun` sets it for the processes that it starts, and a `cpuset` is seen by the libraries.
Where no such library is known to be in the image, nothing is reported.

## Fix

`OMP_NUM_THREADS` is set to the limit, rounded up. Safe: the same is computed, by fewer threads.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, environment_keys
from boxwright.practices.containers import containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def threads_ignore_limit(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        limit = container.processors.value
        if limit is None or not container.starts_threads_by_processor:
            continue
        number = max(1, math.ceil(limit))
        who = f"`{container.library}`" if container.library else "NumPy"
        yield Problem(
            message=f"{who} in `{container.name}` starts a thread for each processor of the"
            f" machine, of which it may use {limit:g}",
            span=container.span,
            fix=add_to_container(
                container,
                f"Set `OMP_NUM_THREADS` to {number}",
                environment_keys(container, {"OMP_NUM_THREADS": str(number)}),
                Applicability.SAFE,
            ),
        )
