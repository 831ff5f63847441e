"""Plans of several projects → one plan of all that runs together, without two of a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boxwright.plan.model import (
    ApplicationPlan,
    CompanionPlan,
    DependencyPlan,
    Notice,
    Plan,
    Secret,
    Volume,
    Workload,
)
from boxwright.render.kubernetes.names import dns_label
from boxwright.render.model import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Projects that run together."""

    plan: Plan
    notices: tuple[Notice, ...] = ()


def join_plans(name: str, parts: Sequence[Part]) -> Joint:
    """
    Return the plan of all *parts*, which is called *name*.

    What two of them want alike, one redis say, is there once. What only has the same name
    is called after its project too. An image is that of its part.
    """
    joiner = _Joiner()
    for part in parts:
        joiner.add(part)
    first = parts[0].plan
    plans = [part.plan for part in parts]
    versions = {plan.version for plan in plans}
    gpus = [plan.gpu for plan in plans if plan.gpu is not None]
    plan = Plan(
        name=name,
        version=first.version if len(versions) == 1 else "",
        description="",
        platform=first.platform,
        base=first.base,
        python="",
        accelerator="cuda" if any(plan.accelerator == "cuda" for plan in plans) else "cpu",
        dependencies=DependencyPlan(source="none"),
        application=ApplicationPlan(files=()),
        process=first.process,
        layers=first.layers,
        gpu=gpus[0] if gpus else None,
        workloads=tuple(joiner.workloads.values()),
        companions=tuple(joiner.companions[key] for key in sorted(joiner.companions)),
        volumes=tuple(joiner.volumes.values()),
        secrets=tuple(sorted(joiner.secrets, key=lambda secret: secret.name)),
    )
    return Joint(plan=plan, notices=tuple(joiner.notices))


def part_names(folders: Sequence[str]) -> tuple[str, ...]:
    """
    Return a name for the project in each of *folders*: its own, or its way where that is taken.

    >>> part_names(["services/api", "jobs/api", "services/Batch_worker"])
    ('services-api', 'jobs-api', 'batch-worker')
    """
    short = [dns_label(folder.rpartition("/")[2]) for folder in folders]
    return tuple(
        name if short.count(name) == 1 else dns_label(folder)
        for name, folder in zip(short, folders, strict=True)
    )


@dataclass(slots=True)
class _Joiner:
    workloads: dict[str, Workload] = field(default_factory=dict)
    companions: dict[str, CompanionPlan] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Add all that runs of *part*."""
        plan = self._with_names(part)
        for companion in plan.companions:
            self.companions[companion.name] = self._merged(companion)
        for volume in plan.volumes:
            source = f"{part.folder}/{volume.source}".rstrip("/.") if volume.source else ""
            self.volumes.setdefault(volume.name, replace(volume, source=source))
        for secret in plan.secrets:
            self._add_secret(secret)
        for workload in plan.workloads:
            self.workloads[workload.name] = replace(workload, image=part.name)

    def _with_names(self, part: Part) -> Plan:
        """Return the plan of *part* in which nothing has the name of something else."""
        plan = part.plan
        companions: dict[str, str] = {}
        secrets: dict[str, str] = {}
        volumes: dict[str, str] = {}
        for companion in plan.companions:
            known = self.companions.get(companion.name)
            if known is None and companion.name not in self.workloads:
                continue
            if known is not None and _is_same(known, companion):
                continue
            companions[companion.name] = f"{part.name}-{companion.name}"
            password = f"{companion.name}_password".replace("-", "_")
            if any(secret.name == password for secret in plan.secrets):
                secrets[password] = f"{part.name}_{password}".replace("-", "_")
            if known is not None:
                self._tell_of_second(part, known, companion)
        taken = {*self.workloads, *self.companions}
        taken |= {companions.get(each.name, each.name) for each in plan.companions}
        workloads: dict[str, str] = {}
        for workload in plan.workloads:
            name = workload.name
            if name == dns_label(plan.name):
                name = part.name
            if name in taken:
                name = f"{part.name}-{workload.name}"
            workloads[workload.name] = name
            taken.add(name)
        shared = {
            mount.volume
            for companion in plan.companions
            if companion.name not in companions
            for mount in companion.mounts
        }
        for volume in plan.volumes:
            if volume.name in self.volumes and volume.name not in shared:
                volumes[volume.name] = f"{part.name}-{volume.name}"
        return _renamed(plan, workloads, companions, volumes, secrets)

    def _merged(self, companion: CompanionPlan) -> CompanionPlan:
        known = self.companions.get(companion.name)
        if known is None:
            return companion
        ports = sorted({*known.more_ports, *companion.more_ports})
        return replace(
            known,
            more_ports=tuple(ports),
            profile=known.profile if known.profile == companion.profile else "",
        )

    def _add_secret(self, secret: Secret) -> None:
        """Add *secret*: for those who have it already by the same form, nothing is added."""
        for at, known in enumerate(self.secrets):
            if replace(known, workloads=()) == replace(secret, workloads=()):
                workloads = dict.fromkeys((*known.workloads, *secret.workloads))
                self.secrets[at] = replace(known, workloads=tuple(workloads))
                return
        having = {
            name
            for known in self.secrets
            if (known.name, known.form) == (secret.name, secret.form) and not known.template
            for name in known.workloads
        }
        left = tuple(name for name in secret.workloads if name not in having or secret.template)
        if left or not secret.workloads:
            self.secrets.append(replace(secret, workloads=left))

    def _tell_of_second(self, part: Part, known: CompanionPlan, other: CompanionPlan) -> None:
        differing = [
            what
            for what, one, two in (
                ("another image", known.image, other.image),
                ("other settings", (known.env, known.command), (other.env, other.command)),
            )
            if one != two
        ]
        self.notices.append(
            Notice(
                text=f"`{part.folder}` wants `{other.name}` with {' and '.join(differing)} than"
                f" those before it: it has its own, `{part.name}-{other.name}`",
                hint="give both the same user, database and image to share one",
            )
        )


def _is_same(one: CompanionPlan, other: CompanionPlan) -> bool:
    """Tell whether one container will do for those who want *one* and those who want *other*."""
    keys = ("kind", "image", "port", "user", "command", "env", "mounts")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def _renamed(
    plan: Plan,
    workloads: Mapping[str, str],
    companions: Mapping[str, str],
    volumes: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Plan:
    """Return *plan* with new names for its parts, and wherever these are meant."""
    names = {**workloads, **companions}
    text = _replacer(workloads, companions, secrets)

    def named(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(value, value) for value in values)

    def mounted(owner: Workload | CompanionPlan) -> dict[str, object]:
        return {
            "mounts": tuple(
                replace(mount, volume=_volume(mount.volume, volumes, companions))
                for mount in owner.mounts
            ),
            "env": tuple((key, text(value)) for key, value in owner.env),
        }

    return replace(
        plan,
        workloads=tuple(
            replace(
                each,
                name=names.get(each.name, each.name),
                needs=named(each.needs),
                **mounted(each),  # type: ignore[arg-type]
            )
            for each in plan.workloads
        ),
        companions=tuple(
            replace(
                each,
                name=names.get(each.name, each.name),
                **mounted(each),  # type: ignore[arg-type]
            )
            for each in plan.companions
        ),
        volumes=tuple(
            replace(each, name=_volume(each.name, volumes, companions)) for each in plan.volumes
        ),
        secrets=tuple(
            replace(
                each,
                name=secrets.get(each.name, each.name),
                template=text(each.template),
                workloads=named(each.workloads),
            )
            for each in plan.secrets
        ),
    )


def _volume(name: str, volumes: Mapping[str, str], companions: Mapping[str, str]) -> str:
    """Return the new name of the volume *name*: a companion's goes with it."""
    for old, new in companions.items():
        if name == f"{old}-data":
            return f"{new}-data"
    return volumes.get(name, name)


def _replacer(
    workloads: Mapping[str, str], companions: Mapping[str, str], secrets: Mapping[str, str]
) -> Callable[[str], str]:
    """
    Return what puts new names into addresses and paths.

    >>> new = _replacer({"api": "shop-api"}, {"db": "shop-db"}, {"db_password": "shop_db_password"})
    >>> new("http://api:8000/api"), new("db"), new("x://app:{db_password}@db:5432/db"), new("api")
    ('http://shop-api:8000/api', 'shop-db', 'x://app:{shop_db_password}@shop-db:5432/db', 'api')
    >>> new("/run/secrets/db_password")
    '/run/secrets/shop_db_password'
    """
    rules: list[tuple[re.Pattern[str], str]] = []
    for old, new in {**workloads, **companions}.items():
        if old == new:
            continue
        # By itself a word may mean anything, where it is not a companion's.
        end = r"(?=[:/,;]|$)" if old in companions else r"(?=:\d)"
        rules.append((re.compile(rf"(?P<before>^|//|@|[,;]){re.escape(old)}{end}"), new))
    paths = {f"/run/secrets/{old}": f"/run/secrets/{new}" for old, new in secrets.items()}
    braces = {f"{{{old}}}": f"{{{new}}}" for old, new in secrets.items()}

    def replaced(text: str) -> str:
        for pattern, new in rules:
            text = pattern.sub(rf"\g<before>{new}", text)
        for old, new in braces.items():
            text = text.replace(old, new)
        return paths.get(text, text)

    return replaced
