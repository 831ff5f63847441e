"""
A container takes a port of its node.

Only one pod of a node can have the port, so a second replica waits for another node, and a rollout for the first to stop.
What listens there is reached from wherever the node is, past Services and most network policies.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      ports:
        - containerPort: 8000
          hostPort: 8000
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      ports:
        - containerPort: 8000
```

## When it is fine

Agents that have to be found on each node, DaemonSets as a rule, for which it is an info.
With `hostNetwork` all ports are the node's: that is another rule's business, `host-namespace`.

## Fix

Takes `hostPort` away. Unsafe: who asks the node for it finds nothing there.

## Equivalents

checkov CKV_K8S_26.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, remove_key
from boxwright.syntax.yaml.node import as_bool, as_int


@rule(KubernetesFile, severity=Severity.WARNING)
def host_port(file: KubernetesFile) -> Iterator[Problem]:
    for container in file.containers:
        if as_bool(container.pod.get("hostNetwork")):
            continue
        for _, _, node in container.ports:
            pair = node.pair("hostPort")
            port = as_int(pair.value) if pair is not None else None
            if pair is None or not port:
                continue
            is_agent = container.pod.owner.kind == "DaemonSet"
            yield Problem(
                f"`{container.name}` takes port {port} of its node",
                pair.key.span,
                fix_of("Remove `hostPort`", remove_key(file.file, node, "hostPort")),
                Severity.INFO if is_agent else None,
            )
