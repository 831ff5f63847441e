"""
A container is given a capability that is as good as root on the machine, or close to it.

With `SYS_ADMIN` it mounts file systems, with `SYS_MODULE` it loads code into the kernel, with `ALL` both.
Others reach over its border in smaller ways: `NET_ADMIN` changes routes, `SYS_PTRACE` reads other processes.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    cap_drop: [ALL]
    cap_add: [SYS_ADMIN, IPC_LOCK]
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      securityContext:
        capabilities:
          drop: [ALL]
          add: [SYS_PTRACE]
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    cap_drop: [ALL]
    cap_add: [IPC_LOCK]
    ulimits:
      memlock: -1
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      securityContext:
        capabilities:
          drop: [ALL]
          add: [NET_BIND_SERVICE]
```

## When it is fine

`IPC_LOCK` and `SYS_NICE` are what RDMA and NUMA take and are left alone.
What reaches over the border in smaller ways (`NET_ADMIN`, `SYS_PTRACE`, `SYS_RESOURCE`, `SYSLOG` …) is a warning: a profiler needs it for an hour, not in a deployment.

## Fix

The capabilities are taken out. Unsafe: what the container did with them, it can do no more.

## Equivalents

compose-lint CL-0011, CL-0024, CL-0027, CL-0028, CL-0030, kubesec CapSysAdmin, checkov CKV_K8S_39.

compose-lint reports `IPC_LOCK` and `SYS_NICE` too (CL-0029); kubesec and checkov look for `SYS_ADMIN` only.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import remove_items
from boxwright.practices.containers import all_containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, KubernetesFile, severity=Severity.ERROR)
def dangerous_capability(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    seen = set()
    for container in all_containers_of(subject):
        found = [
            (name, node)
            for name, node in container.added_capabilities
            if name in _TAKES_OVER or name in _REACHES_OUT
        ]
        # What several share by an anchor is told once.
        if not found or found[0][1] in seen:
            continue
        seen.add(found[0][1])
        worst = [name for name, _ in found if name in _TAKES_OVER]
        names = ", ".join(f"`{name}`" for name in worst or [name for name, _ in found])
        what = "take the machine over" if worst else "reach out of its own space"
        node = found[0][1]
        path = ("cap_add",) if container.is_service else ("securityContext", "capabilities", "add")
        yield Problem(
            message=f"`{container.name}` can {what} by {names}",
            span=node.span if node.source is subject.source else container.span,
            fix=remove_items(
                container,
                "Take " + ", ".join(f"`{name}`" for name, _ in found) + " out",
                path,
                [node for _, node in found],
            ),
            severity=Severity.ERROR if worst else Severity.WARNING,
        )


_TAKES_OVER = frozenset(
    {
        "ALL",
        "BPF",
        "DAC_READ_SEARCH",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_MODULE",
        "SYS_RAWIO",
    }
)
_REACHES_OUT = frozenset(
    {
        "AUDIT_CONTROL",
        "BLOCK_SUSPEND",
        "CHECKPOINT_RESTORE",
        "LINUX_IMMUTABLE",
        "NET_ADMIN",
        "PERFMON",
        "SYSLOG",
        "SYS_PACCT",
        "SYS_PTRACE",
        "SYS_RESOURCE",
        "SYS_TIME",
        "SYS_TTY_CONFIG",
        "WAKE_ALARM",
    }
)
