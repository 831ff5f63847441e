"""What of a plan is deployed, where, and under which names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from boxwright.plan.model import CompanionPlan, Mount, Plan, Secret, Volume, Workload
from boxwright.render.kubernetes.names import dns_label, image_tag
from boxwright.render.model import Part, Surroundings

_LASTING = frozenset({"service", "worker", "scheduler", "notebook"})
"""The kinds of workloads that run on and on."""
_GIB = 1 << 30
_SIZES = {"models": 20, "datasets": 20, "outputs": 10, "cache": 10, "state": 10, "workspace": 10}
"""How many GiB are asked for where the plan knows no size."""
_READ_BY_ALL = frozenset({"models", "datasets"})
"""The kinds of volumes that are filled once and read by any number of pods."""
_MONITORING = "monitoring"
"""The profile of what a cluster has already: its Prometheus takes the place of ours."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A plan and what surrounds it."""

    plan: Plan
    around: Surroundings

    @cached_property
    def name(self) -> str:
        """What all of it is part of; its namespace in production too."""
        return dns_label(self.plan.name)

    @property
    def dev_namespace(self) -> str:
        """The namespace for development."""
        return f"{self.name}-dev"

    @property
    def secret_name(self) -> str:
        """The Secret that holds all secrets, each under its name."""
        return f"{self.name}-secrets"

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads that every environment has."""
        return tuple(it for it in self.plan.workloads if it.kind != "notebook")

    @cached_property
    def notebooks(self) -> tuple[Workload, ...]:
        """The workloads that only development has."""
        return tuple(it for it in self.plan.workloads if it.kind == "notebook")

    @cached_property
    def companions(self) -> tuple[CompanionPlan, ...]:
        """The companions that are deployed."""
        return tuple(it for it in self.plan.companions if it.profile != _MONITORING)

    def part(self, workload: Workload) -> Part:
        """Return the project of *workload*."""
        return self.around.part(self.plan, workload)

    @cached_property
    def of_each_image(self) -> tuple[Workload, ...]:
        """One workload of each image, those of the last stages first."""
        return _of_each_image(self.plan.workloads)

    @cached_property
    def of_each_image_in_production(self) -> tuple[Workload, ...]:
        """The same of those that run in production."""
        return _of_each_image(self.workloads)

    def repository(self, workload: Workload) -> str:
        """Return what the image of *workload* is called before an overlay puts in its registry."""
        words = [word for word in (workload.image, workload.target) if word not in ("", "runtime")]
        return "-".join((self.name, *map(dns_label, words)))

    def tag(self, workload: Workload) -> str:
        """Return the tag of its image, which is the version of its project."""
        return image_tag(self.part(workload).plan.version)

    def image(self, workload: Workload) -> str:
        """Return the image of *workload*."""
        return f"{self.repository(workload)}:{self.tag(workload)}"

    def user(self, workload: Workload) -> tuple[int, int]:
        """Return user and group of the image of *workload*."""
        return numeric_user(self.part(workload).plan.process.user)

    def needed(self, workload: Workload) -> tuple[Workload | CompanionPlan, ...]:
        """Return what *workload* talks to."""
        found: list[Workload | CompanionPlan] = [
            it for it in self.plan.workloads if it.port is not None
        ]
        found += self.companions
        return tuple(it for it in found if it.name in workload.needs)

    def clients(self, name: str) -> tuple[Workload, ...]:
        """Return the workloads of every environment that talk to *name*."""
        return tuple(it for it in self.workloads if name in it.needs)

    def secrets_of(self, name: str) -> tuple[Secret, ...]:
        """Return the secrets that the workload or companion *name* gets."""
        return tuple(it for it in self.plan.secrets if name in it.workloads)

    def keys(self, workloads: tuple[Workload, ...]) -> tuple[str, ...]:
        """Return the keys of the Secret that *workloads* and the companions need."""
        owners = {it.name for it in workloads} | {it.name for it in self.companions}
        found: set[str] = set()
        for secret in self.plan.secrets:
            if owners.intersection(secret.workloads):
                # What is put together from others has no key of its own.
                inner = ingredients(secret, self.plan.secrets)
                found.update(inner if secret.template else (secret.name,))
        return tuple(sorted(found))

    def volume(self, mount: Mount) -> Volume:
        """Return the volume that *mount* mounts; of one that the plan does not list only the name."""
        found = (it for it in self.plan.volumes if it.name == mount.volume)
        return next(found, Volume(name=mount.volume, kind="cache"))

    def is_own(self, owner: Workload | CompanionPlan, mount: Mount) -> bool:
        """Tell whether each pod of *owner* has a volume of its own for *mount*."""
        if isinstance(owner, Workload) and owner.kind not in _LASTING:
            return False
        volume = self.volume(mount)
        return not (mount.read_only or volume.shared or self._users(volume) > 1)

    def owns_volumes(self, owner: Workload | CompanionPlan) -> bool:
        """Tell whether the pods of *owner* have volumes of their own: it is a StatefulSet then."""
        return any(self.is_own(owner, mount) for mount in owner.mounts)

    def claims(self, owners: tuple[Workload | CompanionPlan, ...]) -> tuple[Volume, ...]:
        """Return the volumes of *owners* that are claimed by themselves, by name."""
        found = {
            mount.volume: self.volume(mount)
            for owner in owners
            for mount in owner.mounts
            if not self.is_own(owner, mount)
        }
        return tuple(found[name] for name in sorted(found))

    def is_shared(self, volume: Volume) -> bool:
        """Tell whether pods on several nodes have *volume* at once."""
        return volume.shared or volume.kind in _READ_BY_ALL or self._users(volume) > 1

    def _users(self, volume: Volume) -> int:
        owners: tuple[Workload | CompanionPlan, ...] = (*self.plan.workloads, *self.plan.companions)
        return sum(any(it.volume == volume.name for it in owner.mounts) for owner in owners)


def _of_each_image(workloads: tuple[Workload, ...]) -> tuple[Workload, ...]:
    found: dict[tuple[str, bool, str], Workload] = {}
    for it in workloads:
        found.setdefault((it.image, it.target != "runtime", it.target), it)
    return tuple(found[key] for key in sorted(found))


def size_of(volume: Volume) -> int:
    """Return how many bytes are asked for."""
    return volume.size or _SIZES.get(volume.kind, 10) * _GIB


def ingredients(secret: Secret, secrets: tuple[Secret, ...]) -> tuple[str, ...]:
    """Return the names of the *secrets* in the template of *secret*, in its order."""
    found = [it.name for it in secrets if f"{{{it.name}}}" in secret.template]
    return tuple(sorted(found, key=secret.template.index))


def numeric_user(user: str) -> tuple[int, int]:
    """
    Return the numbers of *user* and its group, which is the same where none is given.

    >>> numeric_user("65532:65532"), numeric_user("999")
    ((65532, 65532), (999, 999))
    """
    name, _, group = user.partition(":")
    return int(name), int(group or name)
