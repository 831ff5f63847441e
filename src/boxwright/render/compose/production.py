"""Plan → compose.yaml: the services as they run in production, each within its bounds."""

from __future__ import annotations

from boxwright.plan.model import SITE, CompanionPlan, HealthPlan, Plan, Resources, Workload
from boxwright.plan.probe import probe_command
from boxwright.render.compose.names import because, seconds, sections, size
from boxwright.render.compose.parts import (
    Service,
    bind,
    environment,
    exec_form,
    listed,
    named_volumes,
    ordered,
    scratch,
    volumes,
)
from boxwright.render.compose.stack import BACK, FRONT, Stack, version_of
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.monitoring import config_mounts
from boxwright.syntax.yaml.written import MERGE, Alias, Anchored, Data, Flow, Quoted

_HARDENED: Service = {
    "restart": "unless-stopped",
    "logging": {"driver": "json-file", "options": Flow({"max-size": "10m", "max-file": "3"})},
    "read_only": True,
    "cap_drop": listed("ALL"),
    "security_opt": listed("no-new-privileges:true"),
}
_SHARED = "service"
"""The anchor of what all services have."""
_LONGEST_INTERVAL = 10.0
"""
Seconds between two questions to a port, at most.

The first is asked one interval after the start, and whoever waits for the service waits for it.
"""
_COSTLY = frozenset({"rabbitmq", "mongodb", "mongo", "kafka"})
"""Companions whose own client takes a second of a processor."""
_ALIVE = (f"{SITE}/bin/python", "-ISc", "pass")
_FORKING = frozenset({"gunicorn", "uwsgi", "torchrun", "vllm", "bentoml", "ray", "tritonserver"})
"""Servers that work in processes of their own."""


def render_compose(plan: Plan, around: Surroundings) -> str:
    """Return the text of compose.yaml."""
    stack = Stack(plan=plan, around=around)
    services: dict[str, Data] = {}
    is_shared = len(plan.workloads) + len(plan.companions) > 1
    base: Service = {MERGE: Alias(_SHARED)} if is_shared else _HARDENED
    for workload in plan.workloads:
        services[workload.name] = because(
            ordered({**base, **_workload(stack, workload)}), *_about(stack, workload)
        )
    for companion in plan.companions:
        services[companion.name] = ordered({**base, **_companion(stack, companion)})
    parts: list[tuple[str, Data]] = [
        ("name", stack.name),
        ("services", {name: services[name] for name in sorted(services)}),
        ("networks", _networks(stack)),
        ("volumes", {it.name: {} for it in named_volumes(stack)}),
        ("secrets", _secrets(stack)),
    ]
    if is_shared:
        shared = because(
            Anchored(_HARDENED, _SHARED),
            "What every service starts from: no rights but its user's, files that nobody can",
            "change, logs that do not fill the disk.",
        )
        parts.insert(0, (f"x-{_SHARED}", shared))
    return (
        header(around, *_ABOUT)
        + "\n"
        + sections(
            ((key, value) for key, value in parts if value not in ({}, None)),
            spaced=frozenset({"services"}),
        )
    )


_ABOUT = (
    "Production: `docker compose --file compose.yaml up --detach --wait`.",
    "Development: `docker compose up`, which takes compose.override.yaml as well.",
)


def _about(stack: Stack, workload: Workload) -> list[str]:
    """Return what somebody who reads the file should know of *workload*."""
    lines = []
    if workload.kind == "job" and stack.profile(workload):
        lines.append(f"On demand: `docker compose run --rm {workload.name}`.")
        if workload.schedule:
            command = f"docker compose --file compose.yaml run --rm {workload.name}"
            lines.append(f"By the machine's cron: `{workload.schedule} {command}`.")
    elif stack.profile(workload):
        profile = stack.profile(workload)
        lines.append(f"On demand: `docker compose --profile {profile} up {workload.name}`.")
    if workload.writable_root and workload.kind != "notebook":
        lines.append("boxwright: ignore[writable-root] because it writes beside its program")
    return lines


def _workload(stack: Stack, workload: Workload) -> Service:
    plan = stack.part(workload).plan
    process = plan.process
    service: Service = {
        "image": stack.image(workload),
        "build": _build(stack, workload) if stack.builds(workload) else None,
        "depends_on": _needs(stack, workload),
        "volumes": volumes(stack, workload),
        "secrets": _granted(stack, workload),
        "environment": environment(stack, workload),
        "ports": _ports(stack, workload),
        "networks": _joined(stack, workload),
        "healthcheck": _health(stack, workload),
        "user": process.user,
        "profiles": listed(*filter(None, [stack.profile(workload)])),
        "init": True if spawns(workload) else None,
        "tmpfs": scratch(stack, workload),
        "stop_grace_period": seconds(workload.stop_seconds),
        "deploy": _deploy(stack, workload),
        **_of_resources(workload.resources),
    }
    is_own = workload.target == "runtime" and workload.command == process.entrypoint
    if not is_own:
        service["entrypoint"] = exec_form(*workload.command)
        if process.stop_signal != "SIGTERM":
            service["stop_signal"] = "SIGTERM"
    if workload.kind == "job":
        service["restart"] = "no"
    if workload.writable_root:
        service["read_only"] = False
    if plan.accelerator == "cuda":
        service["platform"] = plan.platform
    return service


def _companion(stack: Stack, companion: CompanionPlan) -> Service:
    binds = [bind(source, target, read_only=True) for source, target in config_mounts(companion)]
    service: Service = {
        "image": stack.around.pinned(companion.image),
        "volumes": [*volumes(stack, companion), *binds],
        "secrets": _granted(stack, companion),
        "environment": environment(stack, companion),
        "ports": _ports(stack, companion),
        "networks": listed(*stack.networks(companion)),
        "command": exec_form(*companion.command) if companion.command else None,
        "healthcheck": _asked(companion.probe, 15 if companion.kind in _COSTLY else 5),
        "user": companion.user,
        "profiles": listed(*filter(None, [companion.profile])),
        "tmpfs": scratch(stack, companion),
        "stop_grace_period": seconds(companion.stop_seconds),
        "deploy": _deploy(stack, companion),
        **_of_resources(companion.resources),
    }
    if companion.writable_root:
        service["read_only"] = False
    return service


def _build(stack: Stack, workload: Workload) -> Data:
    part = stack.part(workload)
    build: dict[str, Data] = {"context": part.context}
    if not part.has_own_context:
        build["dockerfile"] = part.dockerfile
    return build | {
        "target": workload.target,
        "args": {
            "REVISION": "${REVISION:-}",
            "VERSION": f"${{VERSION:-{version_of(part.plan)}}}",
        },
    }


def _needs(stack: Stack, workload: Workload) -> Data:
    found: dict[str, Data] = {}
    for name in sorted(workload.needs):
        companion, other = stack.companions.get(name), stack.workloads.get(name)
        if companion is not None and not companion.profile:
            condition = "service_healthy" if companion.probe else "service_started"
            found[name] = Flow({"condition": condition})
        elif other is not None and other.kind == "job":
            found[name] = Flow({"condition": "service_completed_successfully"})
        elif other is not None:
            is_checked = other.health is not None or other.probe
            condition = "service_healthy" if is_checked else "service_started"
            found[name] = Flow({"condition": condition})
    return found


def _granted(stack: Stack, service: Workload | CompanionPlan) -> Data:
    return listed(*(it.name for it in stack.secrets_of(service.name) if it.form == "file"))


def _ports(stack: Stack, service: Workload | CompanionPlan) -> Data:
    published = stack.published.get(service.name)
    if published is None:
        return []
    if isinstance(service, Workload) and service.kind == "service":
        return because(
            [Quoted(f"${{BIND:-127.0.0.1}}:{published.text}:{service.port}")],
            "For this machine alone: what encrypts and lets people in stands before it.",
        )
    return [Quoted(f"127.0.0.1:{published.text}:{service.port}")]


def _joined(stack: Stack, workload: Workload) -> Data:
    names = listed(*stack.networks(workload))
    if FRONT in stack.networks(workload) and not stack.is_listening(workload):
        return because(names, f"`{FRONT}` for what it fetches from the internet.")
    return names


def _health(stack: Stack, workload: Workload) -> Data:
    if workload.health is not None:
        return _of_port(workload.health)
    if workload.probe:
        return _asked(workload.probe, 30)
    has_health = stack.part(workload).plan.process.health is not None
    is_asked = has_health and workload.target == "runtime"
    if workload.kind == "job":
        return Flow({"disable": True}) if is_asked else None
    if not is_asked:
        return because(
            _asked(_ALIVE, 30),
            "Nobody listens here: that a process starts is all there is to see. Without a check",
            "`up --wait` of older Compose would fail.",
        )
    return because(
        _asked(_ALIVE, 30),
        "The image asks a port, and nobody listens here: that a process starts is all there is",
        "to see. Switched off, it would make `up --wait` of older Compose fail.",
    )


def _of_port(health: HealthPlan) -> Data:
    return {
        "test": exec_form("CMD", *probe_command(health)),
        "interval": seconds(min(health.interval, _LONGEST_INTERVAL)),
        "timeout": seconds(health.timeout),
        "retries": health.retries,
        "start_period": seconds(health.start_period),
    }


def _asked(probe: tuple[str, ...], interval: int) -> Data:
    """Return a check by a command; one that is seldom run costs much, and is given time."""
    if not probe:
        return None
    return {
        "test": exec_form("CMD", *probe),
        "interval": seconds(interval),
        "timeout": seconds(min(interval, 20)),
        "retries": 3 if interval > _LONGEST_INTERVAL else 6,
        "start_period": "60s",
    }


def spawns(workload: Workload) -> bool:
    """Tell whether processes of *workload* start others, which somebody has to collect."""
    if workload.kind in {"worker", "job", "notebook"}:
        return True
    words = [word.rpartition("/")[2] for word in workload.command]
    return not _FORKING.isdisjoint(words) or any(word.startswith("--workers") for word in words)


def _of_resources(resources: Resources) -> Service:
    service: Service = {}
    if resources.shared_memory:
        service["shm_size"] = size(resources.shared_memory)
    if resources.gpus:
        # What NCCL and Triton lock in memory and put on their stacks.
        service["ulimits"] = {"memlock": -1, "stack": 67_108_864}
    return service


def _deploy(stack: Stack, service: Workload | CompanionPlan) -> Data:
    resources = service.resources
    reserved: dict[str, Data] = {"memory": size(resources.memory)}
    if resources.gpus:
        ids = stack.device_ids(service) if isinstance(service, Workload) else ()
        which: dict[str, Data] = (
            {"device_ids": Flow([Quoted(number) for number in ids])}
            if ids
            else {"count": resources.gpus}
        )
        device: dict[str, Data] = {"driver": "nvidia", **which, "capabilities": listed("gpu")}
        plan = stack.part(service).plan if isinstance(service, Workload) else stack.plan
        reserved["devices"] = because([device], *_about_gpu(plan, bool(ids)))
    deploy: dict[str, Data] = {}
    if (
        isinstance(service, Workload)
        and service.replicas > 1
        and service.name not in stack.published
    ):
        deploy["replicas"] = service.replicas
    many = stack.cpus(service)
    deploy["resources"] = {
        "limits": {
            "cpus": many.text if many is not None else f"{resources.cpus:g}",
            "memory": size(resources.memory),
            "pids": resources.pids,
        },
        "reservations": reserved,
    }
    return deploy


def _about_gpu(plan: Plan, is_numbered: bool) -> list[str]:
    gpu = plan.gpu
    lines = ["Needs the NVIDIA Container Toolkit"]
    if gpu is not None and gpu.driver:
        version = f" (CUDA {gpu.cuda})" if gpu.cuda else ""
        lines[0] += f", and driver {gpu.driver} or newer{version}"
    lines[0] += "."
    if is_numbered:
        lines.append("By number: of services that ask for a count, each is given the same ones.")
    return lines


def _networks(stack: Stack) -> Data:
    used = {name for service in stack.services for name in stack.networks(service)}
    about: dict[str, Data] = {
        BACK: because(
            {"internal": True}, "No way in or out: what keeps data, and who talks to it."
        ),
        FRONT: because({}, "Published ports, and the way to the internet."),
    }
    return {name: value for name, value in about.items() if name in used}


def _secrets(stack: Stack) -> Data:
    names = {
        secret.name
        for service in stack.services
        for secret in stack.secrets_of(service.name)
        if secret.form == "file"
    }
    found: dict[str, Data] = {name: {"file": f"./secrets/{name}"} for name in sorted(names)}
    return because(found, "Files that `boxwright init` makes, and Git ignores.") if found else None
