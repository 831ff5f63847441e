"""
A container shares a namespace of the machine.

With the host's network it reaches what listens on the loopback interface and may take any port; with its processes it sees their arguments and may end those of its user; with its IPC it reads their shared memory.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    network_mode: host
    pid: host
```

```yaml
services:
  train:
    image: pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
    command: torchrun --nproc_per_node=2 train.py
    ipc: host
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  hostPID: true
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    ports: ["127.0.0.1:6006:6006"]
    shm_size: 8gb
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
```

## When it is fine

`ipc: host` is widespread advice for PyTorch, and all it is there for is a larger `/dev/shm`: where a GPU or such a library is known it is an `info`, and the fix gives it `shm_size` instead.
Agents that watch a machine need its processes or its network: suppress it with that reason.

## Fix

`pid`, `ipc`, `uts`, `cgroup` and `userns_mode` are taken out; so are `hostPID` and `hostIPC`.
Unsafe: something may count on them.
There is none for the network, since which ports have to be published is not known.

## Equivalents

compose-lint CL-0008, CL-0010, KICS "Shared Host Network Namespace", kube-linter host-network, host-pid, host-ipc, kubesec HostNetwork, checkov CKV_K8S_17, CKV_K8S_18, CKV_K8S_19.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, remove_key
from boxwright.practices.containers import ServiceContainer, all_containers_of, place_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.edit import remove_pair
from boxwright.syntax.yaml.node import as_bool


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def host_namespace(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    if isinstance(subject, KubernetesFile):
        yield from _of_pods(subject)
        return
    seen = set()
    for container in all_containers_of(subject):
        if not isinstance(container, ServiceContainer):
            continue
        for key, what in _OF_SERVICE.items():
            span = container.key_span(key)
            # What several share by an anchor is told once.
            if container.service.text(key) != "host" or span in seen:
                continue
            seen.add(span)
            is_for_memory = key == "ipc" and bool(container.computes)
            yield Problem(
                message=f"`{container.name}` shares {what} of the machine"
                + (" to have more shared memory" if is_for_memory else ""),
                span=span,
                fix=_fix(container, key, is_for_memory=is_for_memory),
                severity=Severity.INFO if is_for_memory else None,
            )


def _fix(container: ServiceContainer, key: str, *, is_for_memory: bool) -> Fix | None:
    if key == "network_mode":
        return None
    fix = remove_key(container, f"Take `{key}` out", (key,))
    if fix is None or not is_for_memory or container.service.get("shm_size") is not None:
        return fix
    size = add_to_container(container, "", {"shm_size": "8gb"}, Applicability.UNSAFE)
    if size is None:
        return None
    node = container.node
    pair = node.own(key) if node is not None else None
    if node is not None and pair is not None and node.pairs[-1] is pair:
        # What goes in where the last pair is taken out comes in its place.
        return fix._replace(
            title="Set `shm_size` instead",
            edits=(fix.edits[0]._replace(end=pair.value_span.end, start=pair.key.start, text="shm_size: 8gb"),),
            changes=(*fix.changes, *size.changes),
        )  # fmt: skip
    return fix._replace(
        title="Set `shm_size` instead",
        edits=(*fix.edits, *size.edits),
        changes=(*fix.changes, *size.changes),
    )


def _of_pods(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.pods:
        for key, what in _OF_POD.items():
            pair = pod.node.own(key)
            if pair is None or as_bool(pair.value) is not True:
                continue
            fix = None
            if key != "hostNetwork" and not pod.node.is_shared:
                fix = Fix(
                    f"Take `{key}` out",
                    (remove_pair(file.source, pod.node, pair),),
                    Applicability.UNSAFE,
                    (f"{place_of(file, pod.node)}.{key}",),
                )
            name = pod.owner.name or pod.owner.kind
            yield Problem(f"`{name}` shares {what} of its node", pair.key.span, fix)


_OF_SERVICE = {
    "network_mode": "the network",
    "pid": "the processes",
    "ipc": "the shared memory",
    "userns_mode": "the users",
    "uts": "the name",
    "cgroup": "the control groups",
}
_OF_POD = {
    "hostNetwork": "the network",
    "hostPID": "the processes",
    "hostIPC": "the shared memory",
}
