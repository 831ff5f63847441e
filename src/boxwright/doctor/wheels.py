"""Which CUDA the wheels of a project are for: by its lock, else by what its plan knows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from boxwright.build.from_folder import Planned
from boxwright.doctor.cuda_fit import Wanted
from boxwright.errors import LockError
from boxwright.lock.document import FILE_NAME, read_lock
from boxwright.lock.model import PlatformLock
from boxwright.plan.model import Plan
from boxwright.scan.gpu import GpuFacts, gpu_facts
from boxwright.scan.packages.package import Package
from boxwright.scan.project_lock import project_lock

_BASE = re.compile(r"(?:^|/)nvidia/cuda:(?P<version>[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,2})?)")


def cuda_of(planned: Planned) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    """Return the CUDA that *planned* has to run, and what of it contradicts itself, in clauses."""
    plan = planned.plan
    part = _part(planned)
    names, place = _locked(planned, part)
    packages = [
        Package(type="pypi", name=name, version=version, path=place)
        for name, version in names
        if version
    ]
    image, base = _of_base(plan, part)
    facts = gpu_facts({"CUDA_VERSION": base} if base else {}, packages, {}, {})
    of_wheels = gpu_facts({}, packages, {}, {})
    found = []
    if of_wheels.cuda:
        found.append(
            Wanted(
                cuda=of_wheels.cuda,
                origin=f"{_origin(of_wheels, packages)} in `{place}`",
                torch=of_wheels.cuda if any(it.name == "torch" for it in packages) else "",
            )
        )
    elif plan.gpu and plan.gpu.cuda:
        found.append(Wanted(cuda=plan.gpu.cuda, origin="what the project's dependencies come for"))
    if base:
        found.append(Wanted(cuda=".".join(base.split(".")[:2]), origin=f"the base `{image}`"))
    return tuple(found), facts.conflicts


def _part(planned: Planned) -> PlatformLock | None:
    """Return what `boxwright.lock` says of the platform; None where it says nothing."""
    try:
        lock = read_lock(planned.folder / FILE_NAME)
    except LockError:
        return None
    parts = lock.platforms if lock else ()
    return next((part for part in parts if part.platform == planned.plan.platform), None)


def _locked(planned: Planned, part: PlatformLock | None) -> tuple[list[tuple[str, str]], str]:
    """Return the distributions of the nearest lock with their versions, and the lock's name."""
    if part is not None:
        return [(wheel.name, wheel.version) for wheel in part.wheels], FILE_NAME
    known = project_lock(planned.folder, planned.settings)
    return (list(known.locked.items()), known.path) if known else ([], "")


def _origin(facts: GpuFacts, packages: Iterable[Package]) -> str:
    for release in facts.releases:
        if release.part == "cuda" and release.version == facts.cuda:
            return release.origin
    torch = next((it for it in packages if it.name == "torch"), None)
    return f"`torch` {torch.version}" if torch else "the wheels"


def _of_base(plan: Plan, part: PlatformLock | None) -> tuple[str, str]:
    """Return the image with CUDA that *plan* stands on, and its CUDA; empty where it has none."""
    if part is not None and part.image is not None:
        variables = dict(entry.partition("=")[::2] for entry in part.image.env)
        return part.image.name, variables.get("CUDA_VERSION", "")
    images = [plan.base.image]
    if plan.images:
        images += [plan.images.runtime, plan.images.python]
    for image in images:
        found = _BASE.search(image)
        if found:
            return image, found["version"]
    return "", ""
