"""All that is looked at, in the order in which it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.build.from_folder import Planned
from boxwright.doctor.amd import check_amd
from boxwright.doctor.builders import check_builders
from boxwright.doctor.cuda_fit import check_fit
from boxwright.doctor.emulation import check_platforms
from boxwright.doctor.engines import Engine, check_engines, find_engines
from boxwright.doctor.host import Host
from boxwright.doctor.limits import check_limits
from boxwright.doctor.nvidia import check_nvidia, check_toolkit, read_nvidia
from boxwright.doctor.project import check_project, wants_gpu
from boxwright.doctor.registry import check_registry
from boxwright.doctor.result import Area, Report, Result, listing
from boxwright.doctor.room import GOOD, GOOD_WITH_CUDA, check_room
from boxwright.doctor.sources import check_sources
from boxwright.doctor.wheels import cuda_of
from boxwright.lock.sources import Sources
from boxwright.oci.reference import Reference

_SUITE = "trixie"
"""The suite that is asked of the mirror where no plan says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be built and run, and with what."""

    folder: Path
    """Of the project, or where one would be."""
    cache: Path
    sources: Sources
    planned: tuple[Planned, ...] = ()
    problems: tuple[Result, ...] = ()
    """What is told before all else: why there is no plan."""
    registry: Reference | None = None
    offline: bool = False
    """Whether only this machine is looked at."""


def examine(host: Host, subject: Subject) -> Report:
    """Return what there is to say of *host*, for *subject*."""
    return Report(results=tuple(_results(host, subject)))


def _results(host: Host, subject: Subject) -> Iterator[Result]:
    yield from subject.problems
    plans = [planned.plan for planned in subject.planned]
    found = find_engines(host)
    yield from check_engines(host, found)
    engine = next((one.engine for one in found if one.engine), None)
    yield from check_builders(host, engine)
    for platforms in dict.fromkeys(planned.platforms for planned in subject.planned):
        yield check_platforms(host, platforms, engine)
    yield from check_limits(host)
    with_cuda = any(plan.accelerator == "cuda" for plan in plans)
    places = _places(subject, engine)
    yield from check_room(host, places, wanted=GOOD_WITH_CUDA if with_cuda else GOOD)
    yield from _gpus(host, subject.planned, engine)
    for planned in subject.planned:
        yield from check_project(host, planned, engine)
    yield from _network(host, subject)


def _places(subject: Subject, engine: Engine | None) -> dict[str, Path]:
    places = {
        "the project": subject.folder,
        "the cache": subject.cache,
        "temporary files": Path(tempfile.gettempdir()),
    }
    if engine and engine.folder:
        places["images of the engine"] = Path(engine.folder)
    return places


def _gpus(host: Host, projects: Sequence[Planned], engine: Engine | None) -> Iterator[Result]:
    plans = [planned.plan for planned in projects]
    users = [it.name for plan in plans for it in wants_gpu(plan)]
    is_wanted = bool(users) or any(plan.accelerator == "cuda" for plan in plans)
    nvidia = read_nvidia(host)
    yield from check_nvidia(host, nvidia, is_wanted=is_wanted)
    yield from check_amd(host)
    yield from check_toolkit(host, nvidia, engine, is_wanted=is_wanted)
    wanted = max((sum(it.resources.gpus for it in wants_gpu(plan)) for plan in plans), default=0)
    area = Area("gpu")
    if nvidia.gpus and wanted > len(nvidia.gpus):
        yield area.failure(
            "number of GPUs",
            f"{listing(users)} ask for {wanted}, and there are {len(nvidia.gpus)}",
            "set their `gpus` in the settings to less, or run them on several machines",
        )
    jobs = [
        it.name for plan in plans for it in plan.workloads if it.resources.gpus and it.kind == "job"
    ]
    if jobs and not nvidia.gpus and not is_wanted:
        hint = "run it where there is one; without, it runs on the CPU if it can"
        yield area.warning("GPU of jobs", f"{listing(jobs)} asks for one, and there is none", hint)
    for planned in projects:
        if planned.plan.gpu is None and planned.plan.accelerator != "cuda":
            continue
        releases, conflicts = cuda_of(planned)
        for release in releases:
            if nvidia.driver:
                yield from check_fit(nvidia, release)
            else:
                seen = f"{release.origin}; there is no driver to compare with"
                yield Area("cuda").unknown(f"CUDA {release.cuda}", seen)
        for conflict in conflicts:
            hint = "use wheels and a base for the same CUDA"
            yield Area("cuda").warning("wheels and base", conflict, hint)


def _network(host: Host, subject: Subject) -> Iterator[Result]:
    if subject.offline:
        seen = "not asked: `--offline`"
        yield Area("sources").unknown("package index, Debian mirror and registry", seen)
        return
    bases = [planned.plan.base for planned in subject.planned]
    # Who stands on an image needs no mirror.
    suites = [suite for base in bases if not base.image for suite in base.suites[:1]]
    wanted = dict.fromkeys(suites if bases else [_SUITE])
    yield from check_sources(host, subject.sources, suites=wanted)
    if subject.registry is not None:
        transport = subject.sources.transport
        yield from check_registry(host, subject.registry, transport)
