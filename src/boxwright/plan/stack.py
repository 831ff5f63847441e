"""All that runs beside each other: workloads, companions, volumes and credentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from boxwright.errors import PlanError
from boxwright.plan.companions import Access, decide_companions, plan_companion
from boxwright.plan.explain import Explained
from boxwright.plan.model import (
    CompanionPlan,
    GpuPlan,
    Mount,
    ProcessPlan,
    Secret,
    Volume,
    Workload,
)
from boxwright.plan.process import Start
from boxwright.plan.volumes import Volumes
from boxwright.plan.wiring import Wiring, own_secrets, secrets_of, tell_of_unset, wire
from boxwright.plan.workloads import Draft, Drafts, notebook_secrets, tell_of_migrations
from boxwright.project.facts import Project
from boxwright.settings import Settings

_BROKERS = ("redis", "rabbitmq")
_ALWAYS_ON = ("service", "worker", "scheduler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs beside each other."""

    workloads: tuple[Workload, ...]
    companions: tuple[CompanionPlan, ...]
    volumes: tuple[Volume, ...]
    secrets: tuple[Secret, ...]


def decide_stack(
    project: Project,
    settings: Settings,
    *,
    name: str,
    start: Start,
    process: ProcessPlan,
    accelerator: str,
    gpu: GpuPlan | None,
    explained: Explained,
) -> Stack:
    """Return all that runs of *project*, and beside it."""
    volumes = Volumes(project=project, working_dir=process.working_dir, explained=explained)
    drafts = Drafts(
        project=project,
        settings=settings,
        image_name=name,
        start=start,
        process=process,
        accelerator=accelerator,
        gpu=gpu,
        volumes=volumes,
        explained=explained,
    ).all()
    accesses = decide_companions(
        project,
        settings,
        [draft.name for draft in drafts],
        explained,
        has_metrics=any(draft.metrics for draft in drafts),
    )
    consumed: set[str] = set()
    broker = _broker(accesses)
    wirings = [
        wire(access, project, explained, consumed, is_broker=access is broker)
        for access in accesses
    ]
    users = _connect(drafts, wirings, broker)
    companions = []
    for access in accesses:
        companion, further = plan_companion(access, project.dependencies, settings, explained)
        companions.append(companion)
        volumes.add(further)
    running = [draft.name for draft in drafts if draft.kind in _ALWAYS_ON or draft.is_main]
    given = {name for draft in drafts for name in draft.env} | {key for key, _ in process.env}
    secrets = [
        *secrets_of(wirings, users),
        *own_secrets(project, settings, consumed, running, explained),
    ]
    tell_of_unset(project, settings, consumed, sorted(given), explained)
    tell_of_migrations(project, explained)
    _add_asked_mounts(drafts, volumes, settings, explained)
    settled = volumes.settled(settings)
    kept = {volume.name for volume in settled}
    workloads = tuple(
        replace(workload, mounts=tuple(mount for mount in workload.mounts if mount.volume in kept))
        for workload in (draft.settled() for draft in drafts)
    )
    secrets += notebook_secrets(workloads)
    left_out = {key.replace("-", "_") for key, choice in settings.secrets if not choice.enabled}
    return Stack(
        workloads=workloads,
        companions=tuple(companions),
        volumes=settled,
        secrets=tuple(
            sorted(
                (secret for secret in secrets if secret.name not in left_out),
                key=lambda secret: secret.name,
            )
        ),
    )


def _broker(accesses: Sequence[Access]) -> Access | None:
    """Return the one that task queues go through; RabbitMQ where there are both."""
    found = [access for access in accesses if access.kind.name in _BROKERS]
    return next((it for it in found if it.kind.name == "rabbitmq"), found[0] if found else None)


def _connect(
    drafts: Sequence[Draft], wirings: Sequence[Wiring], broker: Access | None
) -> dict[str, tuple[str, ...]]:
    """Give each workload the variables of the companions it talks to; return whose a variable is."""
    users: dict[str, tuple[str, ...]] = {}
    for wiring in wirings:
        access = wiring.access
        for draft in drafts:
            read = _read(draft, wiring)
            if read is None:
                continue
            if access is broker or draft.kind != "scheduler":
                draft.needs = (*draft.needs, access.name)
            for made in wiring.wires:
                if made.variable not in read:
                    continue
                if made.template:
                    users[made.variable] = (*users.get(made.variable, ()), draft.name)
                elif made.variable not in draft.env:
                    draft.env[made.variable] = made.value
                    if made.variable == wiring.password_file:
                        users[made.variable] = (*users.get(made.variable, ()), draft.name)
    return users


def _read(draft: Draft, wiring: Wiring) -> set[str] | None:
    """Return the variables that *draft* reads of a companion; None where it does not talk to it."""
    kind = wiring.access.kind
    if kind.profile:
        return None
    every = {made.variable for made in wiring.wires}
    if draft.kind in _ALWAYS_ON or (draft.is_main and draft.kind == "job"):
        return every
    by_itself = set(kind.always) & every
    path = draft.training.path if draft.training else ""
    mine = {made.variable for made in wiring.wires if path and made.path == path}
    if kind.always and wiring.access.fact is not None:
        return by_itself | mine
    # A program that reads a part of the way, reads the rest of it elsewhere.
    return every if mine else None


def _add_asked_mounts(
    drafts: Sequence[Draft], volumes: Volumes, settings: Settings, explained: Explained
) -> None:
    """Add the volumes that only the user knows of."""
    for name, choice in settings.volumes:
        if name in volumes.found or not choice.enabled:
            continue
        if choice.target is None:
            known = ", ".join(f"`{each}`" for each in sorted(volumes.found))
            raise PlanError(
                f"{settings.source}: {settings.key('volumes')}.{name}: the plan has no such volume,"
                " and no `target` says where it is wanted",
                hint=f"known are {known}" if known else "name a `target`",
            )
        explained.from_settings(f"volumes.{name}", choice.target)
        wanted = set(choice.workloads) or {draft.name for draft in drafts}
        read_only = bool(choice.read_only)
        volumes.add(
            [
                Volume(
                    name=name,
                    kind="datasets" if read_only else "outputs",
                    source=choice.source or "",
                    size=choice.size or 1 << 30,
                    shared=read_only,
                )
            ]
        )
        for draft in drafts:
            if draft.name in wanted:
                mount = Mount(volume=name, target=choice.target, read_only=read_only)
                draft.mounts = (*draft.mounts, mount)
