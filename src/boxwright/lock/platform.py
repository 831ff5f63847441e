"""One platform of a lock, made anew: distributions by uv, Debian packages by our own resolver."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import LockError
from boxwright.lock.debian import Need, lock_base, lock_system
from boxwright.lock.fetch import FetchedWheel, fetch_wheels
from boxwright.lock.files import digest_of_file, remember_urls
from boxwright.lock.indexes import Indexes
from boxwright.lock.model import LockedWheel, PlatformLock
from boxwright.lock.python import Chosen, Resolution, resolve
from boxwright.lock.sources import Sources
from boxwright.lock.target import Target, find_target
from boxwright.lock.uv import Uv, UvNetworkError
from boxwright.oci.platform import parse_platform
from boxwright.plan.base_image import required_suites
from boxwright.plan.model import Plan
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport, is_remote, local_path

if TYPE_CHECKING:
    from boxwright.progress import Progress


def lock_platform(
    plan: Plan,
    folder: Path,
    *,
    preferences: Sequence[LockedWheel],
    sources: Sources,
    cache: Cache,
    progress: Progress,
) -> PlatformLock:
    """
    Return what the image of *plan*, for the project in *folder*, is made of.

    The versions of *preferences* are kept where the project still admits them.
    """
    indexes, transport = sources.indexes, sources.transport
    uv = Uv(folder=folder, indexes=indexes, environ=transport.environ, offline=transport.offline)
    resolution = resolve_first(plan, uv, preferences, progress)
    lock = complete(resolution, plan, indexes, cache, transport, progress)
    wheels = fetch_wheels(
        lock, folder, indexes=indexes, cache=cache, transport=transport, progress=progress
    )
    lock = replace(lock, wheels=with_sizes(lock.wheels, wheels))
    architecture = parse_platform(plan.platform).architecture
    base = lock_base(
        plan.base,
        lock.suite,
        architecture,
        mirrors=sources.mirrors,
        transport=transport,
        cache=cache,
        settings=sources.settings,
        progress=progress,
    )
    system = lock_system(
        read_needs_of(wheels, cache),
        base,
        lock.suite,
        architecture,
        mirrors=sources.mirrors,
        transport=transport,
        cache=cache,
        settings=sources.settings,
        progress=progress,
    )
    return replace(lock, debs=(*base, *system))


def resolve_first(
    plan: Plan,
    uv: Uv,
    preferences: Sequence[LockedWheel],
    progress: Progress,
    *,
    targets: Sequence[Target] | None = None,
) -> Resolution:
    """
    Resolve for the first suite that has a wheel of everything, else for the best one.

    Extra indexes that are folders are asked where the others do not suffice. Where *targets*
    are given it is for one of them instead of the plan's suites.
    """
    if targets is None:
        targets = [find_target(suite, plan.platform) for suite in required_suites(plan)]
    others = uv.indexes.without_local_extras()
    if others is not None:
        with contextlib.suppress(LockError):
            others_uv = replace(uv, indexes=others)
            return _resolve_first(plan, others_uv, preferences, progress, targets)
    return _resolve_first(plan, uv, preferences, progress, targets)


def _resolve_first(
    plan: Plan,
    uv: Uv,
    preferences: Sequence[LockedWheel],
    progress: Progress,
    targets: Sequence[Target],
) -> Resolution:
    found: list[Resolution] = []
    failures: list[tuple[str, LockError]] = []
    for target in targets:
        try:
            resolution = resolve(plan, target, uv, preferences=preferences, progress=progress)
        except LockError as error:
            failures.append((target.suite, error))
            continue
        found.append(resolution)
        if not resolution.from_source:
            break
    if not found:
        raise _none_fits(failures)
    # The first of those from which the least has to be built.
    best = min(found, key=lambda one: one.from_source)
    for suite, failure in failures:
        progress.note(
            f"the base is {best.target.suite}, not {suite}: {failure.message.splitlines()[0]}"
        )
    if not failures and best is not found[0]:
        sources = ", ".join(f"`{name}`" for name in _from_source(found[0]))
        progress.note(
            f"the base is {best.target.suite}, not {found[0].target.suite}, for which "
            f"{sources} would have to be built from source"
        )
    return best


def _from_source(resolution: Resolution) -> Iterator[str]:
    for one in resolution.chosen:
        if one.wheel.source and one.wheel.source.kind == "sdist":
            yield one.wheel.name


def _none_fits(failures: Sequence[tuple[str, LockError]]) -> LockError:
    _, first = failures[0]
    told = {_without_target(first.message)}
    others = []
    for suite, error in failures[1:]:
        # What has nothing to do with the target is said once.
        if _without_target(error.message) not in told:
            others.append(f"{suite} will not do either: {error.message.splitlines()[0]}")
    hint = "; ".join(filter(None, [first.hint, *others]))
    if isinstance(first, UvNetworkError):
        return UvNetworkError(first.message, text=first.text, hint=hint)
    return LockError(first.message, hint=hint)


def _without_target(message: str) -> str:
    return re.sub(r"CPython \S+ on \S+ with glibc [0-9.]+", "", message)


def complete(
    resolution: Resolution,
    plan: Plan,
    indexes: Indexes,
    cache: Cache,
    transport: Transport,
    progress: Progress,
) -> PlatformLock:
    """Remember where files are, and find out the digests that indexes do not tell."""
    transport = indexes.transport(transport)

    def completed(one: Chosen) -> LockedWheel:
        wheel, source = one.wheel, one.wheel.source
        if not one.url:
            return wheel
        part = wheel if wheel.file else source
        if part is None or part.digest is not None:
            return wheel
        if is_remote(one.url):
            path = transport.download(
                one.url,
                digest=None,
                size=part.size,
                cache=cache,
                what=part.file,
                progress=progress,
                auth=indexes.auth_for(one.url),
            )
        else:
            path = local_path(one.url)
        digest, size = digest_of_file(path, cache)
        if wheel.file:
            return replace(wheel, digest=digest, size=size)
        return replace(wheel, source=source and replace(source, digest=digest, size=size))

    with ThreadPoolExecutor(max_workers=8) as pool:
        wheels = tuple(pool.map(completed, resolution.chosen))
    remember_urls(
        (
            (digest, one.url)
            for one, wheel in zip(resolution.chosen, wheels, strict=True)
            if one.url and (digest := wheel.digest or (wheel.source and wheel.source.digest))
        ),
        cache,
    )
    return PlatformLock(
        platform=plan.platform,
        suite=resolution.target.suite,
        variant=plan.base.variant,
        python=resolution.target.python,
        debs=(),
        wheels=wheels,
    )


def with_sizes(
    wheels: Iterable[LockedWheel], fetched: Iterable[FetchedWheel]
) -> tuple[LockedWheel, ...]:
    """Fill in the sizes, which not every index tells."""
    return tuple(
        replace(wheel, size=file.size) if wheel.digest else wheel
        for wheel, file in zip(wheels, fetched, strict=True)
    )


def read_needs_of(wheels: Sequence[FetchedWheel], cache: Cache) -> list[Need]:
    """Return what the ELF files in *wheels* need; read once and then remembered."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda wheel: _need(wheel, cache), wheels))


def _need(wheel: FetchedWheel, cache: Cache) -> Need:
    record = cache.recall("needs", wheel.digest)
    if record is None:
        from boxwright.wheel.needs import read_needs

        needs = read_needs(wheel.path)
        record = {
            "needed": list(needs.needed),
            "provided": list(needs.provided),
            "versions": {family: list(version) for family, version in needs.versions.items()},
        }
        cache.remember("needs", wheel.digest, record)
    return Need(
        distribution=wheel.name,
        needed=tuple(record["needed"]),
        provided=tuple(record["provided"]),
        versions={family: tuple(version) for family, version in record["versions"].items()},
    )
