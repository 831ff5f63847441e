"""What a project's plan wants of the machine that it is to run on."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.build.from_folder import Planned
from boxwright.doctor.engines import Engine
from boxwright.doctor.host import Host
from boxwright.doctor.limits import memory_size, usable_memory
from boxwright.doctor.ports import listening_ports
from boxwright.doctor.result import Area, Result, listing
from boxwright.plan.model import Plan, Secret, Workload

_STEADY = ("service", "worker", "scheduler")
"""Workloads that run as long as the project does."""
_SECRETS = "secrets"
_ENV = ".env"


def check_project(host: Host, planned: Planned, engine: Engine | None) -> Iterator[Result]:
    """Yield what the plan wants, and whether it is here."""
    plan = planned.plan
    area = Area("project")
    yield area.ok(plan.name, _told(plan))
    yield from _memory(area, host, plan, engine)
    yield from _processors(area, host, plan, engine)
    yield from _ports(area, host, plan)
    yield from _secrets(area, host, planned)
    yield from _volumes(area, planned)


def wants_gpu(plan: Plan) -> tuple[Workload, ...]:
    """Return the workloads of *plan* that do not run without a GPU, but jobs."""
    return tuple(it for it in plan.workloads if it.resources.gpus and it.kind in _STEADY)


def _told(plan: Plan) -> str:
    count = len(plan.workloads)
    parts = [f"{plan.platform}, for {'CUDA' if plan.accelerator == 'cuda' else 'the CPU'}"]
    parts.append(f"{count} workload{'s' if count != 1 else ''}")
    if plan.companions:
        parts.append(f"with {listing(it.name for it in plan.companions)}")
    return ", ".join(parts)


def _memory(area: Area, host: Host, plan: Plan, engine: Engine | None) -> Iterator[Result]:
    there = engine.memory if engine and engine.memory else usable_memory(host)
    if not there:
        yield area.unknown("memory of workloads", "how much memory there is cannot be seen")
        return
    shown = memory_size(there)
    large = [it for it in plan.workloads if it.resources.memory > there]
    for workload in large:
        seen = f"it may use {memory_size(workload.resources.memory)}, and there are {shown}"
        hint = f"set `workloads.{workload.name}.memory` to less, or run it on a larger machine"
        judge = area.failure if workload.kind in _STEADY else area.warning
        yield judge(f"memory of `{workload.name}`", seen, hint)
    steady = [it.resources.memory * it.replicas for it in plan.workloads if it.kind in _STEADY]
    steady += [it.resources.memory for it in plan.companions if not it.profile]
    total = sum(steady)
    if total > there and not any(it.kind in _STEADY for it in large):
        seen = f"together they may use {memory_size(total)}, and there are {shown}"
        hint = "set the `memory` of some of them to less, or run them on a larger machine"
        yield area.warning("memory of workloads", seen, hint)
    elif total <= there:
        seen = f"{memory_size(total)} of {shown}, for what runs all the time"
        yield area.ok("memory of workloads", seen)


def _processors(area: Area, host: Host, plan: Plan, engine: Engine | None) -> Iterator[Result]:
    there = (engine.cpus if engine else 0) or host.cpus
    for workload in plan.workloads:
        if workload.resources.cpus > there:
            judge = area.failure if workload.kind in _STEADY else area.warning
            yield judge(
                f"processors of `{workload.name}`",
                f"it is given {workload.resources.cpus:g}, and there are {there}:"
                " engines do not start what is given more than there is",
                f"set `workloads.{workload.name}.cpus` to {there} or less",
            )


def _ports(area: Area, host: Host, plan: Plan) -> Iterator[Result]:
    taken = listening_ports(host)
    wanted = {
        it.port: it.name for it in plan.workloads if it.port and it.kind in ("service", "notebook")
    }
    for port, name in wanted.items():
        if port in taken:
            yield area.warning(
                f"port {port}",
                f"`{name}` is reached there, and something listens on it already",
                "stop that, or publish another port of this machine",
            )
    free = [str(port) for port in wanted if port not in taken]
    if free:
        yield area.ok("ports", f"{listing(free)} {'is' if len(free) == 1 else 'are'} free")


def _secrets(area: Area, host: Host, planned: Planned) -> Iterator[Result]:
    plan, folder = planned.plan, planned.folder
    has_stack = (folder / "compose.yaml").is_file()
    known = _variables(planned)
    made: list[str] = []
    there: list[str] = []
    for secret in plan.secrets:
        if secret.is_optional or (secret.is_made and not has_stack):
            continue
        if secret.form == "file":
            place = f"{_SECRETS}/{secret.name}"
            is_there = (folder / place).exists()
        else:
            place, is_there = _ENV, secret.name.upper() in known
        if is_there or host.environ.get(secret.variable or secret.name.upper()):
            there.append(f"`{secret.name}`")
        elif secret.is_made:
            made.append(f"`{secret.name}`")
        else:
            yield area.failure(
                f"secret `{secret.name}`", f"it is not in `{place}`", _how(secret, place)
            )
    if made:
        seen = f"{listing(made)} {'is' if len(made) == 1 else 'are'} not there"
        yield area.failure("secrets", seen, "`boxwright init` makes them up")
    elif there:
        yield area.ok("secrets", f"{listing(there)} {'is' if len(there) == 1 else 'are'} there")


def _how(secret: Secret, place: str) -> str:
    if secret.form == "file":
        return f"write what `{secret.variable}` needs into `{place}`"
    return f"write `{secret.name.upper()}=…` into `{place}`"


def _variables(planned: Planned) -> frozenset[str]:
    """Return the names that have a value in `.env`."""
    try:
        with (planned.folder / _ENV).open("rb") as file:
            text = file.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return frozenset()
    found = (line.strip().removeprefix("export ").partition("=") for line in text.split("\n"))
    return frozenset(name.strip() for name, equals, value in found if equals and value.strip())


def _volumes(area: Area, planned: Planned) -> Iterator[Result]:
    for volume in planned.plan.volumes:
        if volume.source and volume.kind in ("datasets", "models"):
            place = planned.folder / volume.source
            if not place.exists():
                yield area.warning(
                    f"volume `{volume.name}`",
                    f"`{volume.source}` is not in the project",
                    "put it there, or say where it is with"
                    f" `volumes.{volume.name}.source` in the settings",
                )
