"""The namespace of an environment: what pods in it may be, and what they may use together."""

from __future__ import annotations

import math
from collections.abc import Iterable

from boxwright.plan.model import CompanionPlan, Workload
from boxwright.render.kubernetes.names import NAME, PART_OF, Object, declared, labels, memory
from boxwright.render.kubernetes.pod import GPU
from boxwright.render.kubernetes.scaling import replicas
from boxwright.render.kubernetes.stack import Stack, size_of
from boxwright.syntax.yaml.written import Commented, Data

_GIB = 1 << 30
_POLICY = "pod-security.kubernetes.io"


def namespace_objects(stack: Stack, namespace: str, *, is_dev: bool) -> list[Data]:
    """Return the Namespace *namespace*, its ResourceQuota and its LimitRange."""
    return [
        _namespace(stack, namespace),
        _quota(stack, namespace, is_dev=is_dev),
        _limits(stack, namespace),
    ]


def _namespace(stack: Stack, namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": namespace,
            "labels": {
                NAME: namespace,
                PART_OF: stack.name,
                f"{_POLICY}/enforce": "restricted",
                f"{_POLICY}/audit": "restricted",
                f"{_POLICY}/warn": "restricted",
            },
        },
    }


def _quota(stack: Stack, namespace: str, *, is_dev: bool) -> Object:
    runs = list(_runs(stack, is_dev=is_dev))
    cpus = sum(count * it.resources.cpus for it, count in runs)
    size = sum(count * it.resources.memory for it, count in runs)
    gpus = sum(count * it.resources.gpus for it, count in runs)
    claims = list(_claims(stack, runs))
    hard: Object = {
        "limits.cpu": str(math.ceil(cpus)),
        "limits.memory": memory(math.ceil(size / _GIB) * _GIB),
    }
    if gpus:
        hard[f"requests.{GPU}"] = str(gpus)
    if claims:
        hard["persistentvolumeclaims"] = str(len(claims))
        hard["requests.storage"] = memory(sum(claims))
    hard |= {"services.loadbalancers": "0", "services.nodeports": "0"}
    return declared(
        "v1",
        "ResourceQuota",
        stack.name,
        namespace,
        labels(stack.name, stack.name),
        {
            "hard": Commented(
                hard,
                "All replicas, and a pod more of each for the time of a rollout:"
                "\nraise it together with them.",
            )
        },
    )


def _limits(stack: Stack, namespace: str) -> Object:
    return declared(
        "v1",
        "LimitRange",
        stack.name,
        namespace,
        labels(stack.name, stack.name),
        {
            "limits": [
                Commented(
                    {
                        "type": "Container",
                        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
                        "default": {"cpu": "500m", "memory": "512Mi"},
                    },
                    "For containers that say nothing, such as those for debugging.",
                )
            ]
        },
    )


def _runs(stack: Stack, *, is_dev: bool) -> Iterable[tuple[Workload | CompanionPlan, int]]:
    """Yield what runs with how many pods there are of it at most."""
    for workload in stack.workloads:
        yield workload, (workload.replicas if is_dev else replicas(stack, workload)[1]) + 1
    for notebook in stack.notebooks if is_dev else ():
        yield notebook, 1
    for companion in stack.companions:
        yield companion, 1


def _claims(stack: Stack, runs: list[tuple[Workload | CompanionPlan, int]]) -> Iterable[int]:
    """Yield the size of each claim."""
    yield from map(size_of, stack.claims(tuple(it for it, _ in runs)))
    for owner, count in runs:
        own = {it.volume: stack.volume(it) for it in owner.mounts if stack.is_own(owner, it)}
        for volume in own.values():
            yield from [size_of(volume)] * count
