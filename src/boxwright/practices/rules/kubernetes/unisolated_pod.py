"""
No network policy is about a pod.

Without a NetworkPolicy that selects it, a pod reaches all others and the internet, and is reached by all.
Whoever gets into one, by a pickled model for one, goes on to the database from there.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
  labels:
    app: api
spec:
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
  labels:
    app: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: api
spec:
  podSelector:
    matchLabels:
      app: api
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: gateway
```

## When it is fine

Where policies are kept in another repository, or a mesh does what they do: so it is off unless you turn it on.

## Equivalents

kube-linter non-isolated-pod, kube-score pod-networkpolicy.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import as_bool


@rule(KubernetesFile, severity=Severity.INFO, default=False)
def unisolated_pod(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        # Policies do not reach what has the network of its node.
        if as_bool(pod.get("hostNetwork")) or file.selecting("NetworkPolicy", pod):
            continue
        yield Problem(f"no network policy selects the pods of `{pod.owner.shown}`", pod.span)
