"""Which CUDA the wheels of a project are for: by its lock, else by what its plan knows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from boxwright.build.from_folder import Planned
from boxwright.doctor.cuda_fit import Wanted
from boxwright.errors import LockError
from boxwright.lock.document import FILE_NAME, read_lock
from boxwright.scan.gpu import GpuFacts, gpu_facts
from boxwright.scan.packages.package import Package
from boxwright.scan.project_lock import project_lock

_BASE = re.compile(r"(?:^|/)nvidia/cuda:(?P<version>[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,2})?)")


def cuda_of(planned: Planned) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    """Return the CUDA that *planned* has to run, and what of it contradicts itself, in clauses."""
    plan = planned.plan
    names, place = _locked(planned)
    packages = [
        Package(type="pypi", name=name, version=version, path=place)
        for name, version in names
        if version
    ]
    base = _of_base((plan.images.runtime, plan.images.python) if plan.images else ())
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
        image = plan.images.runtime or plan.images.python if plan.images else ""
        found.append(Wanted(cuda=".".join(base.split(".")[:2]), origin=f"the base `{image}`"))
    return tuple(found), facts.conflicts


def _locked(planned: Planned) -> tuple[list[tuple[str, str]], str]:
    """Return the distributions of the nearest lock with their versions, and the lock's name."""
    try:
        lock = read_lock(planned.folder / FILE_NAME)
    except LockError:
        lock = None
    for part in lock.platforms if lock else ():
        if part.platform == planned.plan.platform:
            return [(wheel.name, wheel.version) for wheel in part.wheels], FILE_NAME
    known = project_lock(planned.folder, planned.settings)
    return (list(known.locked.items()), known.path) if known else ([], "")


def _origin(facts: GpuFacts, packages: Iterable[Package]) -> str:
    for release in facts.releases:
        if release.part == "cuda" and release.version == facts.cuda:
            return release.origin
    torch = next((it for it in packages if it.name == "torch"), None)
    return f"`torch` {torch.version}" if torch else "the wheels"


def _of_base(images: Iterable[str]) -> str:
    for image in images:
        found = _BASE.search(image)
        if found:
            return found["version"]
    return ""
