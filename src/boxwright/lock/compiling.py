"""Whose Python makes the byte code of an image for a platform that cannot be run on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from boxwright.lock.model import Lock, PlatformLock
from boxwright.oci.platform import parse_platform

if TYPE_CHECKING:
    from boxwright.lock.sources import Sources
    from boxwright.plan.model import Plan
    from boxwright.progress import Progress
    from boxwright.store.cache import Cache

_REBUILT = re.compile(r"\+b\d+$")
"""What a Debian version ends with if one architecture's package was built again."""


def pythons(part: PlatformLock) -> tuple[tuple[str, str], ...]:
    """
    Return the packages of Python in the base of *part*, by name and version of their source.

    Where they are the same the byte code is, whatever the architecture. Of an image it is
    its Python's release, and the C library that computes constants; nothing where it does not
    tell the release.
    """
    if part.image is not None:
        python = part.image.python
        facts = (("program", python.program), ("glibc", part.image.glibc))
        return (("release", python.version), *facts) if python.version else ()
    return tuple(
        (deb.name, _REBUILT.sub("", deb.version))
        for deb in part.debs
        if deb.role == "base" and "python" in deb.name
    )


def compiling_part(lock: Lock, part: PlatformLock, architecture: str | None) -> PlatformLock | None:
    """
    Return the part of *lock* whose Python compiles for *part* on a machine of *architecture*.

    That is *part* itself if it is for such a machine, else one with the same Python that is.
    What stands on an image of which there is none is on its own, and so without byte code.
    """
    if part.image is not None and not pythons(part):
        return part
    found = _find((part, *lock.platforms, *lock.helpers), part, architecture)
    return part if found is None and part.image is not None else found


def lock_helpers(
    plan: Plan,
    lock: Lock,
    wanted: Sequence[str],
    architecture: str | None,
    *,
    sources: Sources,
    cache: Cache,
    progress: Progress,
) -> tuple[PlatformLock, ...]:
    """
    Return the bases that have to be in *lock* beside its platforms.

    A machine of *architecture* needs one for each of the *wanted* platforms that is foreign to
    it, unless the lock has the same Python for it already. Those that *lock* has stay as long
    as some machine needs them. Where the archive no longer has the same Python there is none.
    """
    found = [helper for helper in lock.helpers if _is_needed(helper, lock.platforms)]
    for part in map(lock.part, wanted):
        if architecture is None or part.image is not None:
            continue
        if _find((*lock.platforms, *found), part, architecture):
            continue
        helper = _lock_base(plan, part, architecture, sources, cache, progress)
        if pythons(helper) == pythons(part):
            found.append(helper)
    return tuple(sorted(found, key=lambda helper: (helper.platform, helper.suite)))


def _find(
    candidates: Iterable[PlatformLock], part: PlatformLock, architecture: str | None
) -> PlatformLock | None:
    wanted = (architecture, part.suite, pythons(part))
    return next((one for one in candidates if _known_by(one) == wanted), None)


def _known_by(part: PlatformLock) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return parse_platform(part.platform).architecture, part.suite, pythons(part)


def _is_needed(helper: PlatformLock, platforms: Sequence[PlatformLock]) -> bool:
    architecture = parse_platform(helper.platform).architecture
    return any(
        _find((helper,), part, architecture) and not _find(platforms, part, architecture)
        for part in platforms
        if part.image is None
    )


def _lock_base(
    plan: Plan,
    part: PlatformLock,
    architecture: str,
    sources: Sources,
    cache: Cache,
    progress: Progress,
) -> PlatformLock:
    from boxwright.lock.debian import lock_base

    debs = lock_base(
        replace(plan.base, packages=()),
        part.suite,
        architecture,
        mirrors=sources.mirrors,
        transport=sources.transport,
        cache=cache,
        settings=sources.settings,
        progress=progress,
    )
    return PlatformLock(
        platform=f"linux/{architecture}",
        suite=part.suite,
        variant=part.variant,
        python=part.python,
        debs=debs,
        wheels=(),
    )
