"""
A container has all rights of the machine.

`privileged` gives it every capability and every device and takes away seccomp and AppArmor: root in it can mount the disk of the host and is root there.
GPUs need none of it: a device reservation, or `nvidia.com/gpu` in the limits, hands them over.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    privileged: true
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
        privileged: true
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
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
        privileged: false
      resources:
        limits:
          nvidia.com/gpu: 1
```

## When it is fine

An engine inside of a container (`docker:dind`), a storage driver or an agent of the node needs it: say so where it stands, with a suppression and its reason.

## Fix

The key is taken out, or made `false` in a pod. Unsafe: what needs a device or a capability has to be given that one.

## Equivalents

compose-lint CL-0002, KICS "Privileged Containers Enabled", kube-linter privileged-container, kube-score container-security-context-privileged, kubesec Privileged, checkov CKV_K8S_16.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, remove_key
from boxwright.practices.containers import ServiceContainer, all_containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, KubernetesFile, severity=Severity.ERROR)
def privileged(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    seen = set()
    for container in all_containers_of(subject):
        if not container.is_privileged:
            continue
        gpu = ", which a GPU does not take" if container.requests_gpu else ""
        if isinstance(container, ServiceContainer):
            span = container.key_span("privileged")
            fix = remove_key(container, "Take `privileged` out", ("privileged",))
        else:
            span = container.key_span("securityContext", "privileged")
            fix = add_to_container(
                container,
                "Set `privileged` to false",
                {"securityContext": {"privileged": False}},
                Applicability.UNSAFE,
            )
        if span in seen:
            # What several share by an anchor is told once.
            continue
        seen.add(span)
        yield Problem(
            message=f"`{container.name}` has all rights of the machine{gpu}", span=span, fix=fix
        )
