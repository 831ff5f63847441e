"""
Nothing keeps a replica up while nodes are drained.

An upgrade of the cluster evicts the pods of a node, and may do so on the nodes of all replicas at once.
A PodDisruptionBudget lets it go on only when the next replica answers, which for a model takes as long as loading it.

Bad:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 2
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
```

Good:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 2
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: api
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: api
```

## When it is fine

With one replica a budget only blocks the upgrade, so it is not asked for. Workers that take up where they left need none: so it is off unless you turn it on.

## Equivalents

kube-score deployment-has-poddisruptionbudget, statefulset-has-poddisruptionbudget.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(KubernetesFile, severity=Severity.INFO, default=False)
def missing_disruption_budget(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        workload = pod.owner
        if workload.kind not in {"Deployment", "StatefulSet"} or (workload.replicas or 1) < 2:
            continue
        if not file.selecting("PodDisruptionBudget", pod):
            yield Problem(
                f"nothing keeps one of the {workload.replicas} replicas of `{workload.shown}` up",
                workload.span,
            )
