"""Pods: what all of them have in common, however they are run."""

from __future__ import annotations

import math

from boxwright.plan.model import CompanionPlan, Mount, Resources, Workload
from boxwright.render.kubernetes.names import (
    Object,
    dns_label,
    identity,
    literal,
    memory,
    port_name,
    processors,
    words,
)
from boxwright.render.kubernetes.probes import companion_probes, workload_probes
from boxwright.render.kubernetes.secrets import (
    FOLDER,
    VOLUME,
    secret_files,
    secret_variables,
    secret_volume,
)
from boxwright.render.kubernetes.stack import Stack, numeric_user
from boxwright.syntax.yaml.written import Commented, Data

GPU = "nvidia.com/gpu"
_PYTHON = "/opt/venv/bin/python"
_DRAIN_SECONDS = 5
"""How long a pod goes on after it was taken out of the Service, until that is known everywhere."""
_MIB = 1 << 20
_GIB = 1 << 30
_TEMPORARY = _GIB
_TEMPORARY_OF_COMPANION = 64 * _MIB
_WRITTEN = 256 * _MIB
"""For logs, beside the volumes on the node's disk."""
_THREADS = frozenset(
    {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS"}
)
_RESERVED = frozenset({"tmp", "home", "shm", VOLUME})


def workload_pod(stack: Stack, workload: Workload) -> Object:
    """Return the `spec` of the pods of *workload*."""
    has_drain = workload.kind == "service" and workload.port is not None
    user, group = stack.user(workload)
    disk, room = _room(stack, workload)
    container: Object = {
        "name": workload.name,
        "image": stack.image(workload),
        "imagePullPolicy": "IfNotPresent",
        **_command(stack, workload),
        **_some("env", _env(stack, workload)),
        **_some(
            "ports",
            [{"name": name, "containerPort": port} for name, port in workload_ports(workload)],
        ),
        **workload_probes(workload),
    }
    if has_drain:
        sleep = (_PYTHON, "-ISc", f"import time; time.sleep({_DRAIN_SECONDS})")
        container["lifecycle"] = Commented(
            {"preStop": {"exec": {"command": sleep}}},
            "Requests come for a moment after the pod is told to stop."
            "\nPython waits: the image need not have a shell, nor `sleep`.",
        )
    container |= {
        "resources": _resources(workload.resources, disk),
        "securityContext": _container_security(
            writable=workload.writable_root, has_gpu=bool(workload.resources.gpus)
        ),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [mount for mount, _ in room],
    }
    spec = _spec(
        workload.name,
        user,
        group,
        stop_seconds=workload.stop_seconds + (_DRAIN_SECONDS if has_drain else 0),
    )
    if workload.kind in {"service", "worker"}:
        spec["topologySpreadConstraints"] = _spread(identity(workload.name, stack.name))
    if workload.resources.gpus:
        spec["tolerations"] = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    spec["containers"] = [container]
    return {**spec, **_volumes(room)}


def companion_pod(stack: Stack, companion: CompanionPlan) -> Object:
    """Return the `spec` of the pods of *companion*."""
    user, group = numeric_user(companion.user)
    disk, room = _room(stack, companion)
    env: list[Data] = [
        *secret_variables(stack, companion.name, is_companion=True),
        *({"name": name, "value": literal(value)} for name, value in companion.env),
    ]
    container: Object = {
        "name": companion.name,
        "image": stack.around.pinned(companion.image),
        "imagePullPolicy": "IfNotPresent",
        **_some("args", words(map(literal, companion.command))),
        **_some("env", env),
        "ports": [
            {"name": name, "containerPort": port} for name, port in companion_ports(companion)
        ],
        **companion_probes(companion),
        "resources": _resources(companion.resources, disk),
        "securityContext": _container_security(writable=companion.writable_root),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **_some("volumeMounts", [mount for mount, _ in room]),
    }
    spec = _spec(companion.name, user, group, stop_seconds=companion.stop_seconds)
    spec["containers"] = [container]
    return {**spec, **_volumes(room)}


def workload_ports(workload: Workload) -> list[tuple[str, int]]:
    """Return the ports of *workload* with their names."""
    found = [("http", workload.port)] if workload.port is not None else []
    if workload.metrics_port is not None and workload.metrics_port != workload.port:
        found.append(("metrics", workload.metrics_port))
    return found


def companion_ports(companion: CompanionPlan) -> list[tuple[str, int]]:
    """Return the ports of *companion* with their names, the one that clients use first."""
    more = [(f"port-{port}", port) for port in companion.more_ports]
    return [(port_name(companion.kind), companion.port), *more]


def volume_name(name: str) -> str:
    """Return what the volume *name* is called in pods and claims."""
    plain = dns_label(name)
    return f"{plain}-volume" if plain in _RESERVED else plain


def _spec(name: str, user: int, group: int, *, stop_seconds: int) -> Object:
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": stop_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": group,
            "fsGroup": group,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _container_security(*, writable: bool, has_gpu: bool = False) -> Object:
    read_only: Data = not writable
    if has_gpu and not writable:
        read_only = Commented(
            read_only, "Old NVIDIA container toolkits cannot prepare such a root: update them."
        )
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": read_only,
    }


def _command(stack: Stack, workload: Workload) -> Object:
    own = stack.part(workload).plan.process.entrypoint
    if workload.target == "runtime" and workload.command == own:
        return {}
    return {"command": words(map(literal, workload.command))}


def _env(stack: Stack, workload: Workload) -> list[Data]:
    secret = secret_variables(stack, workload.name)
    said = {name for name, _ in workload.env}
    found: list[Data] = [it for it in secret if it["name"] not in said]
    threads = str(max(1, math.ceil(workload.resources.cpus)))
    for name, value in workload.env:
        if name in _THREADS and value == threads:
            limit = {"resource": "limits.cpu", "divisor": "1"}
            found.append({"name": name, "valueFrom": {"resourceFieldRef": limit}})
        else:
            found.append({"name": name, "value": literal(value)})
    return found


def _spread(labels: dict[str, str]) -> Data:
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _resources(resources: Resources, disk: int) -> Object:
    asked = {
        "cpu": processors(resources.cpus),
        "memory": memory(resources.memory),
        "ephemeral-storage": memory(disk),
    }
    limits: Object = dict(asked)
    if resources.gpus:
        limits[GPU] = resources.gpus
    return {"requests": asked, "limits": limits}


def _room(
    stack: Stack, owner: Workload | CompanionPlan
) -> tuple[int, list[tuple[Object, Object | None]]]:
    """
    Return how much of the node's disk *owner* may fill, and its mounts with their volumes.

    A mount has no volume where each pod is given a claim of its own.
    """
    disk = _WRITTEN
    room: list[tuple[Object, Object | None]] = []
    targets = {mount.target for mount in owner.mounts}
    for name, path, size in _temporary(stack, owner):
        if path in targets:
            continue
        disk += size
        room.append(
            (
                {"name": name, "mountPath": path},
                {"name": name, "emptyDir": {"sizeLimit": memory(size)}},
            )
        )
    if owner.resources.shared_memory:
        size = min(owner.resources.shared_memory, owner.resources.memory // 2)
        shared = {"medium": "Memory", "sizeLimit": memory(size)}
        room.append(({"name": "shm", "mountPath": "/dev/shm"}, {"name": "shm", "emptyDir": shared}))  # noqa: S108
    if secret_files(stack, owner.name):
        mount: Object = {"name": VOLUME, "mountPath": FOLDER, "readOnly": True}
        room.append((mount, secret_volume(stack, owner.name)))
    room += [_mounted(stack, owner, mount) for mount in owner.mounts]
    return disk, room


def _temporary(stack: Stack, owner: Workload | CompanionPlan) -> list[tuple[str, str, int]]:
    """Return the folders that *owner* may write to and that end with it: name, path, bytes."""
    if isinstance(owner, CompanionPlan):
        return [
            ("tmp" if path == "/tmp" else volume_name(path), path, _TEMPORARY_OF_COMPANION)  # noqa: S108
            for path in sorted({*owner.temporary, *(() if owner.writable_root else ("/tmp",))})  # noqa: S108
        ]
    found = [("tmp", "/tmp", _TEMPORARY)]  # noqa: S108
    home = dict(stack.part(owner).plan.process.env).get("HOME", "")
    if owner.kind == "notebook" and home.startswith("/"):
        found.append(("home", home, _TEMPORARY))
    return found


def _mounted(
    stack: Stack, owner: Workload | CompanionPlan, mount: Mount
) -> tuple[Object, Object | None]:
    name = volume_name(mount.volume)
    mounted: Object = {"name": name, "mountPath": mount.target}
    if isinstance(owner, CompanionPlan) and stack.volume(mount).kind == "state":
        mounted["subPath"] = Commented(
            "data", "Not its root, which can have a `lost+found` that databases stumble over."
        )
    if mount.read_only:
        mounted["readOnly"] = True
    if stack.is_own(owner, mount):
        return mounted, None
    return mounted, {"name": name, "persistentVolumeClaim": {"claimName": name}}


def _volumes(room: list[tuple[Object, Object | None]]) -> Object:
    """Return the volumes of *room*, each once."""
    found = {str(volume["name"]): volume for _, volume in room if volume}
    return _some("volumes", list(found.values()))


def _some(key: str, values: list[Data]) -> Object:
    return {key: values} if values else {}
