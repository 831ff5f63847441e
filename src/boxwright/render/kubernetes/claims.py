"""PersistentVolumeClaims: volumes that outlive the pods."""

from __future__ import annotations

from boxwright.plan.model import CompanionPlan, Volume, Workload
from boxwright.render.kubernetes.names import Object, declared, labels, memory
from boxwright.render.kubernetes.pod import volume_name
from boxwright.render.kubernetes.stack import Stack, size_of
from boxwright.syntax.yaml.written import Commented, Data

_FILLED = {
    "models": "The weights: filled once, by a Job or a pod that mounts it, and only read here.",
    "datasets": "The data: filled once, by a Job or a pod that mounts it, and only read here.",
}


def claim(stack: Stack, volume: Volume, namespace: str) -> Data:
    """Return the claim of a *volume* that is there before the pods that mount it."""
    name = volume_name(volume.name)
    found: Object = declared(
        "v1",
        "PersistentVolumeClaim",
        name,
        namespace,
        labels(name, stack.name, component=volume.kind),
        _spec(volume, is_shared=stack.is_shared(volume)),
    )
    why = _FILLED.get(volume.kind)
    return Commented(found, why) if why else found


def own_claims(stack: Stack, owner: Workload | CompanionPlan) -> Object:
    """Return what a StatefulSet says of the volumes that each of its pods has for itself."""
    owned = {it.volume: stack.volume(it) for it in owner.mounts if stack.is_own(owner, it)}
    found: Object = {}
    if all(volume.kind == "cache" for volume in owned.values()):
        found["persistentVolumeClaimRetentionPolicy"] = {
            "whenDeleted": "Retain",
            "whenScaled": "Delete",
        }
    found["volumeClaimTemplates"] = [
        {
            "metadata": {"name": volume_name(name)},
            "spec": _spec(volume, is_shared=False),
        }
        for name, volume in owned.items()
    ]
    return found


def _spec(volume: Volume, *, is_shared: bool) -> Object:
    modes: Data = ["ReadWriteMany" if is_shared else "ReadWriteOnce"]
    if is_shared:
        modes = Commented(
            modes, "Pods on several nodes have it: the storage class must allow that."
        )
    return {
        "accessModes": modes,
        "resources": {"requests": {"storage": memory(size_of(volume))}},
    }
