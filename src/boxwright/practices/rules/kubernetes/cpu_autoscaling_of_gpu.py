"""
A GPU service is scaled by the CPU.

What a model server waits for is its GPU: while requests queue up there, its processor is nearly idle, or busy with one thread that spins whatever the load.
The autoscaler adds no replica when one is needed, and pays for GPUs when none is.

Bad:

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: vllm
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: vllm
  maxReplicas: 4
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
spec:
  selector:
    matchLabels:
      app: vllm
  template:
    metadata:
      labels:
        app: vllm
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.6.4
          resources:
            limits:
              nvidia.com/gpu: 1
```

Good:

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: vllm
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: vllm
  maxReplicas: 4
  metrics:
    - type: Pods
      pods:
        metric:
          name: vllm_num_requests_waiting
        target:
          type: AverageValue
          averageValue: "5"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
spec:
  selector:
    matchLabels:
      app: vllm
  template:
    metadata:
      labels:
        app: vllm
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.6.4
          resources:
            limits:
              nvidia.com/gpu: 1
```

## When it is fine

An autoscaler that has another metric as well, of pods, objects or from outside, is not reported: the greatest of all counts.
Nor is one whose workload is not among the checked files.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.kubernetes import KubernetesObject
from boxwright.syntax.yaml.node import Mapping, Node, as_list, as_text


@rule(KubernetesFile, severity=Severity.WARNING)
def cpu_autoscaling_of_gpu(file: KubernetesFile) -> Iterator[Problem]:
    for scaler in file.objects:
        metrics = _metrics(scaler)
        resources = [_resource(node) for node in metrics]
        if not metrics or any(resource not in {"cpu", "memory"} for resource in resources):
            continue
        target = scaler.get("spec", "scaleTargetRef")
        kind = as_text(target.get("kind")) if isinstance(target, Mapping) else None
        name = as_text(target.get("name")) if isinstance(target, Mapping) else None
        workload = file.all_objects.find(kind or "Deployment", name or "", scaler.namespace)
        asking = next(
            (it for it in (workload.containers if workload else ()) if it.requests_gpu), None
        )
        if asking is not None:
            what = " and ".join(dict.fromkeys(it or "" for it in resources))
            yield Problem(
                f"`{name}` works on `{asking.gpu_resources[0]}` and is scaled by {what} alone",
                metrics[0].span,
            )


def _metrics(scaler: KubernetesObject) -> tuple[Node, ...]:
    """Return what *scaler* goes by; nothing where it is none."""
    if scaler.kind == "ScaledObject" and scaler.group == "keda.sh":
        return as_list(scaler.get("spec", "triggers"))
    if scaler.kind != "HorizontalPodAutoscaler":
        return ()
    old = scaler.get("spec", "targetCPUUtilizationPercentage")
    return (old,) if old is not None else as_list(scaler.get("spec", "metrics"))


def _resource(metric: Node) -> str | None:
    """Return the resource that *metric* is about; None for metrics of another sort."""
    if not isinstance(metric, Mapping):
        return "cpu"
    for key in ("resource", "containerResource"):
        name = as_text(metric.get(key, "name"))
        if name is not None:
            return name
    kind = as_text(metric.get("type"))
    return kind if kind in {"cpu", "memory"} else None
