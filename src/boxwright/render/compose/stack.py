"""What of a plan runs together, on which networks, ports and volumes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from boxwright.plan.model import CompanionPlan, Mount, Plan, Secret, Volume, Workload
from boxwright.render.compose.names import Variable, project_name, variable_name
from boxwright.render.model import Part, Surroundings

FRONT, BACK = "front", "back"
"""The network with a way out, and the one without."""
_LISTENING = frozenset({"service", "notebook"})
"""The kinds of workloads whose port is for others than the stack."""
_ON_DEMAND = frozenset({"job", "notebook"})
"""The kinds of workloads that nobody wants started with the rest."""
_FOR_PEOPLE = frozenset({"grafana"})
"""The kinds of companions that people look at."""


_EVERYWHERE = 2
"""How many processors each machine has: an engine refuses a limit above what there is."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A plan and what surrounds it."""

    plan: Plan
    around: Surroundings

    @cached_property
    def name(self) -> str:
        """The project's."""
        return project_name(self.plan.name)

    @property
    def version(self) -> str:
        """What the image says it is, where nobody says otherwise."""
        return version_of(self.plan)

    @cached_property
    def companions(self) -> dict[str, CompanionPlan]:
        """The companions by name."""
        return {companion.name: companion for companion in self.plan.companions}

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """The workloads by name."""
        return {workload.name: workload for workload in self.plan.workloads}

    @property
    def services(self) -> tuple[Workload | CompanionPlan, ...]:
        """All of them."""
        return (*self.plan.workloads, *self.plan.companions)

    def part(self, workload: Workload) -> Part:
        """Return the project of *workload*."""
        return self.around.part(self.plan, workload)

    def image(self, workload: Workload, target: str = "") -> str:
        """Return the image of *workload*, or its *target*, which variables may name otherwise."""
        suffix = image_suffix(workload, target)
        return f"${{IMAGE:-{self.name}}}{suffix}:${{TAG:-local}}"

    def builds(self, workload: Workload) -> bool:
        """
        Tell whether *workload* is the one of its target that says how its image is built.

        Built for each service the images would differ, by the labels that Compose gives
        them, and the last one would take the name.
        """
        wanted = (workload.image, workload.target)
        same = [it for it in self.plan.workloads if (it.image, it.target) == wanted]
        # One that is always there, so that its image is built for those that are not.
        return workload is next((it for it in same if not self.profile(it)), same[0])

    def profile(self, workload: Workload) -> str:
        """Return the profile of *workload*; empty where it starts with the rest."""
        is_needed = any(workload.name in it.needs for it in self.plan.workloads)
        return workload.name if workload.kind in _ON_DEMAND and not is_needed else ""

    @cached_property
    def is_monitored(self) -> bool:
        """Whether something reads metrics."""
        return any(it.kind == "prometheus" for it in self.plan.companions)

    @cached_property
    def has_back(self) -> bool:
        """Whether there is anything that nobody outside should reach."""
        return bool(self.plan.companions)

    def networks(self, service: Workload | CompanionPlan) -> tuple[str, ...]:
        """Return the networks of *service*; none where all share the default one."""
        if not self.has_back:
            return ()
        if isinstance(service, CompanionPlan):
            return (BACK, FRONT) if service.kind in _FOR_PEOPLE else (BACK,)
        is_outside = self.is_listening(service) or self.reaches_out(service)
        is_scraped = bool(service.metrics) and self.is_monitored
        if service.needs or is_scraped or not is_outside:
            return (BACK, FRONT) if is_outside else (BACK,)
        return (FRONT,)

    def reaches_out(self, workload: Workload) -> bool:
        """Tell whether *workload* talks to the internet: to an API, or for what it caches."""
        if workload.kind in _ON_DEMAND:
            return True
        if any(not it.is_made for it in self.secrets_of(workload.name)):
            return True
        return any(self.volume(mount).kind == "cache" for mount in workload.mounts)

    def is_listening(self, workload: Workload) -> bool:
        """Tell whether the port of *workload* is for others than the stack."""
        return workload.port is not None and workload.kind in _LISTENING

    @cached_property
    def published(self) -> dict[str, Variable]:
        """The ports of the machine that compose.yaml publishes, by service."""
        taken: set[int] = set()
        found: dict[str, Variable] = {}
        for workload in self.plan.workloads:
            if workload.port is not None and self.is_listening(workload):
                name = variable_name(workload.name, "port") if found else "PORT"
                found[workload.name] = _port(workload.name, name, workload.port, taken)
        for companion in self.plan.companions:
            if companion.kind in _FOR_PEOPLE:
                found[companion.name] = _port(
                    companion.name, variable_name(companion.name, "port"), companion.port, taken
                )
        return found

    @cached_property
    def published_in_development(self) -> dict[str, dict[int, Variable]]:
        """Those that compose.override.yaml publishes beside them, by service and its own port."""
        taken = {int(it.default) for it in self.published.values()}
        found: dict[str, dict[int, Variable]] = {}
        for companion in self.plan.companions:
            ports = [] if companion.name in self.published else [companion.port]
            names = {companion.port: variable_name(companion.name, "port")}
            for port in (*ports, *companion.more_ports):
                name = names.get(port) or variable_name(companion.name, str(port), "port")
                variable = _port(companion.name, name, port, taken)
                found.setdefault(companion.name, {})[port] = variable
        return found

    def cpus(self, service: Workload | CompanionPlan) -> Variable | None:
        """Return by which variable the processors of *service* are set, where they are many."""
        number = service.resources.cpus
        if number <= _EVERYWHERE:
            return None
        what = f"how many processors `{service.name}` may use, at most all of the machine"
        return Variable(variable_name(service.name, "cpus"), f"{number:g}", what)

    def secrets_of(self, name: str) -> tuple[Secret, ...]:
        """Return the secrets that the workload or companion *name* gets."""
        return tuple(it for it in self.plan.secrets if name in it.workloads)

    def volume(self, mount: Mount) -> Volume:
        """Return the volume that *mount* mounts; of one that the plan does not list only the name."""
        found = (it for it in self.plan.volumes if it.name == mount.volume)
        return next(found, Volume(name=mount.volume, kind="cache"))

    def is_bound(self, volume: Volume) -> bool:
        """Tell whether *volume* is a folder of the project in production too: nobody writes to it."""
        return bool(volume.source) and all(it.read_only for it in self._mounts_of(volume))

    def device_ids(self, workload: Workload) -> tuple[str, ...]:
        """
        Return the GPUs of *workload* by their numbers, where it is not alone.

        Empty where their count will do: that means the first ones, for each who asks.
        """
        users = [it for it in self.plan.workloads if it.resources.gpus and it is not workload]
        others = [it for it in users if self._run_together(it, workload)]
        if not others:
            return ()
        order = list(self.workloads)
        place = order.index(workload.name)
        first = sum(it.resources.gpus for it in others if order.index(it.name) < place)
        return tuple(str(first + number) for number in range(workload.resources.gpus))

    def _run_together(self, one: Workload, other: Workload) -> bool:
        profiles = self.profile(one), self.profile(other)
        return not all(profiles) or profiles[0] == profiles[1]

    @property
    def writes_to_project(self) -> bool:
        """Whether some workload writes into the project's folder in development."""
        return any(self.writes_to_folder(workload) for workload in self.plan.workloads)

    def writes_to_folder(self, workload: Workload) -> bool:
        """Tell whether *workload* does."""
        return any(self.volume(it).source and not it.read_only for it in workload.mounts)

    def path(self, source: str) -> str:
        """Return *source*, a path of the project, from the folder of the Compose file."""
        return _from_here(posixpath.join(self.around.folder, source))

    def path_in(self, part: Part, path: str) -> str:
        """Return *path*, relative to the project *part*, from the folder of the Compose file."""
        return _from_here(posixpath.join(part.folder, path))

    def _mounts_of(self, volume: Volume) -> Iterator[Mount]:
        for owner in self.services:
            yield from (mount for mount in owner.mounts if mount.volume == volume.name)


def image_suffix(workload: Workload, target: str = "") -> str:
    """Return what the name of *workload*'s image, or that of its *target*, has after the usual."""
    words = [workload.image, target or workload.target]
    return "".join(f"-{project_name(word)}" for word in words if word not in ("", "runtime"))


def version_of(plan: Plan) -> str:
    """Return what an image of *plan* says it is, where nobody says otherwise."""
    return re.sub(r"[^0-9A-Za-z.+!_-]", "-", plan.version) or "0.0.0"


def _from_here(path: str) -> str:
    path = posixpath.normpath(path)
    return path if path.startswith("..") or path == "." else f"./{path}"


def _port(service: str, name: str, port: int, taken: set[int]) -> Variable:
    """Return the variable of the machine's port of *service*: *port*, or the next one free."""
    while port in taken:
        port += 1
    taken.add(port)
    return Variable(name, str(port), f"the port of this machine that `{service}` has")
