"""How many pods there are: autoscaling, and how few a drained node may leave."""

from __future__ import annotations

from boxwright.plan.model import Workload
from boxwright.render.kubernetes.names import Object, declared, identity, labels
from boxwright.render.kubernetes.stack import Stack
from boxwright.render.kubernetes.workloads import kind_of
from boxwright.syntax.yaml.written import Commented, Data


def is_scaled(stack: Stack, workload: Workload) -> bool:
    """Tell whether *workload* is scaled by its use of processors: where that is its load."""
    return (
        workload.kind == "service"
        and not workload.resources.gpus
        and kind_of(stack, workload) == "Deployment"
    )


def replicas(stack: Stack, workload: Workload) -> tuple[int, int]:
    """Return how few and how many pods of *workload* there are in production."""
    if workload.kind in {"scheduler", "job"}:
        return 1, 1
    if not is_scaled(stack, workload):
        return workload.replicas, workload.replicas
    least = max(2, workload.replicas)
    return least, 3 * least


def scaling_objects(stack: Stack, namespace: str) -> list[Data]:
    """Return the autoscalers and disruption budgets of production."""
    found: list[Data] = []
    for workload in stack.workloads:
        if is_scaled(stack, workload):
            found.append(_autoscaler(stack, workload, namespace))
        if replicas(stack, workload)[0] > 1:
            found.append(_budget(stack, workload, namespace))
    return found


def _autoscaler(stack: Stack, workload: Workload, namespace: str) -> Object:
    least, most = replicas(stack, workload)
    return declared(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        workload.name,
        namespace,
        labels(workload.name, stack.name),
        {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": kind_of(stack, workload),
                "name": workload.name,
            },
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 70},
                    },
                }
            ],
            "behavior": Commented(
                {
                    "scaleUp": {"stabilizationWindowSeconds": 60},
                    "scaleDown": {
                        "stabilizationWindowSeconds": 300,
                        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
                    },
                },
                "Loading a model uses the processor too: a minute tells it from load.",
            ),
        },
    )


def _budget(stack: Stack, workload: Workload, namespace: str) -> Object:
    return declared(
        "policy/v1",
        "PodDisruptionBudget",
        workload.name,
        namespace,
        labels(workload.name, stack.name),
        {
            "maxUnavailable": 1,
            "selector": {"matchLabels": identity(workload.name, stack.name)},
        },
    )
