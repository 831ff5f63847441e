"""
A pod runs as a user that the node may have as well.

Users of containers are those of the node by number. The first ten thousand are given to services and people there: what escapes from a container as 1000 is that person.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsUser: 1000
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsUser: 65532
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

On nodes without people and with one purpose: so it is off unless you turn it on. Many images have files that belong to 1000, and work as nobody else.
A pod that names no number is not reported, nor is root, of which `root-allowed-in-pod` tells.

## Settings

- `least` (10000): the lowest number that is fine.

## Equivalents

checkov CKV_K8S_40, kube-score container-security-context-user-group-id.

checkov and kube-score also report pods that name no number.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import as_int


@rule(KubernetesFile, severity=Severity.INFO, default=False, options={"least": 10000})
def low_user_id_in_pod(file: KubernetesFile) -> Iterator[Problem]:
    least = file.options.get("least", 10000)
    seen = set()
    for container in file.containers:
        node = container.security("runAsUser")
        user = as_int(node)
        if node is None or not user or id(node) in seen or not isinstance(least, int):
            continue
        seen.add(id(node))
        if user < least:
            yield Problem(
                f"`{container.name}` runs as {user}, who may be somebody on the node", node.span
            )
