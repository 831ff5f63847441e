"""
A rollout waits for a GPU that is not there.

A rolling update starts new pods before it stops old ones, unless it is told otherwise.
With GPUs the old pods hold what the new ones wait for: the new pod stays `Pending`, the old one is not stopped, and the rollout ends in a time-out.

Bad:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
spec:
  replicas: 2
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
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
spec:
  replicas: 2
  selector:
    matchLabels:
      app: vllm
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 1
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

Where spare GPUs or an autoscaler of nodes bring one more for the time of the rollout.
A deployment that may also stop pods first (by default from four replicas on) makes way for itself and is not reported.

## Fix

Sets `maxSurge: 0` and `maxUnavailable: 1`. Unsafe: during a rollout there is one replica less, with one replica none.

## Equivalents

None.

kube-linter no-rolling-update-strategy and kube-score deployment-strategy ask for the opposite: that the strategy is RollingUpdate at all.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import PodSpec
from boxwright.syntax.yaml.node import Node, as_int, as_text

_STRATEGY = ("spec", "strategy")
_MOST = ("rollingUpdate", "maxSurge")
_LEAST = ("rollingUpdate", "maxUnavailable")


@rule(KubernetesFile, severity=Severity.WARNING)
def surge_on_gpu_deployment(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        deployment = pod.owner
        resource = _gpu(pod)
        if deployment.kind != "Deployment" or not resource or deployment.replicas == 0:
            continue
        if (deployment.text(*_STRATEGY, "type") or "RollingUpdate") != "RollingUpdate":
            continue
        replicas = deployment.replicas or 1
        surge = _pods(deployment.get(*_STRATEGY, *_MOST), replicas, is_up=True)
        stopped = _pods(deployment.get(*_STRATEGY, *_LEAST), replicas, is_up=False)
        # Kubernetes lets one be unavailable where both come to nothing.
        if not surge or stopped is None or stopped > 0:
            continue
        node = deployment.get(*_STRATEGY, *_MOST) or deployment.get(*_STRATEGY)
        held = "the old pod" if replicas == 1 else f"one of the {replicas} old pods"
        yield Problem(
            f"a rollout of `{deployment.shown}` needs another `{resource}` before {held} may stop",
            deployment.span if node is None else node.span,
            fix_of(
                "Stop a pod before the next one starts",
                set_path(
                    file.file,
                    deployment.node,
                    ("spec", "strategy", "rollingUpdate"),
                    "maxSurge: 0\nmaxUnavailable: 1",
                ),
            ),
        )


def _gpu(pod: PodSpec) -> str:
    """Return the GPUs that *pod* holds, empty if none."""
    return next(
        (
            resource
            for container in pod.containers
            for resource in container.gpu_resources
            if (asked := container.request(resource)) is not None and asked.value
        ),
        "",
    )


def _pods(node: Node | None, replicas: int, *, is_up: bool) -> int | None:
    """Return how many of *replicas* are meant by a number or percentage, a quarter by default."""
    number = as_int(node)
    if number is not None:
        return number
    text = as_text(node) if node is not None else "25%"
    share = (text or "").removesuffix("%")
    if not (share.isascii() and share.isdecimal() and len(share) < 6):
        return None
    pods = replicas * int(share)
    return -(-pods // 100) if is_up else pods // 100
