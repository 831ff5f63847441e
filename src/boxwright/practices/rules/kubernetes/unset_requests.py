"""
A container does not say how much processor and memory it needs.

The scheduler puts pods on nodes by their requests. Without them a node takes any number, and when its memory runs out the kernel picks what to kill: containers without requests first.
Autoscalers that go by a share of the request do nothing at all.

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
      resources:
        requests:
          cpu: 500m
          memory: 1Gi
```

## When it is fine

A limit is a request too, where none is given. A LimitRange among the checked files that has defaults gives them to all.
Containers that run once before the others are not asked.

## Equivalents

checkov CKV_K8S_10, CKV_K8S_12, kube-linter unset-cpu-requirements, unset-memory-requirements, kubesec RequestsCPU, RequestsMemory.

checkov reports each of the two by itself. kube-linter also asks for limits: `unlimited-memory` and `unlimited-cpu` are about those.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import as_list, as_mapping

_RESOURCES = {"cpu": "processor", "memory": "memory"}


@rule(KubernetesFile, severity=Severity.INFO)
def unset_requests(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        defaults = _defaults(file, pod.owner.namespace)
        for container in pod.containers:
            if container.is_init or container.key == "ephemeralContainers":
                continue
            missing = [
                title
                for key, title in _RESOURCES.items()
                if container.request(key) is None and key not in defaults
            ]
            if missing and container.get("resources", "claims") is None:
                what = f"no {missing[0]}" if len(missing) == 1 else "neither processor nor memory"
                yield Problem(f"`{container.name}` requests {what}", container.span)


def _defaults(file: KubernetesFile, namespace: str) -> frozenset[str]:
    """Return the resources that a LimitRange gives to containers which say nothing."""
    found: set[str] = set()
    for item in file.all_objects.of("LimitRange"):
        if item.namespace and namespace and item.namespace != namespace:
            continue
        for limit in map(as_mapping, as_list(item.get("spec", "limits"))):
            for key in ("default", "defaultRequest"):
                given = as_mapping(limit.get(key)) if limit is not None else None
                found.update(given.keys() if given is not None else ())
    return frozenset(found)
