"""Plan to lock: the earlier lock where it still holds, else a new one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import LockError, ProjectError
from boxwright.lock.debian import Need, lock_base, lock_system
from boxwright.lock.document import FILE_NAME, read_lock, write_lock
from boxwright.lock.fetch import FetchedWheel, fetch_wheels
from boxwright.lock.files import digest_of_file, remember_urls
from boxwright.lock.indexes import Indexes
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import Lock, LockedWheel, PlatformLock
from boxwright.lock.python import Chosen, Resolution, resolve
from boxwright.lock.requirements import references
from boxwright.lock.target import find_target
from boxwright.lock.uv import Uv, UvNetworkError
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.platform import parse_platform
from boxwright.plan.model import Plan
from boxwright.project.tree import Tree
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport, is_remote, local_path

if TYPE_CHECKING:
    from boxwright.progress import Progress

_FORMAT = 1
"""Raised when equal inputs no longer give an equal lock."""


def make_lock(
    plan: Plan,
    tree: Tree,
    folder: Path,
    *,
    settings: Settings,
    cache: Cache,
    transport: Transport,
    mirrors: Mirrors,
    indexes: Indexes,
    upgrade: bool = False,
    progress: Progress,
) -> Lock:
    """
    Return the lock of *plan* for the project in *folder*, and write it to `boxwright.lock`.

    A lock whose inputs are unchanged and which has the plan's platform is returned as it
    is, and nothing is written. Otherwise versions are kept where they still do, unless
    *upgrade*. Application code is no input: changing it never changes a lock.
    """
    path = folder / FILE_NAME
    earlier = None if upgrade else read_lock(path)
    if earlier:
        inputs = _inputs(plan, tree, folder, _directories(earlier.platforms))
        if earlier.inputs != inputs:
            # Other platforms were locked from other inputs.
            held: tuple[PlatformLock, ...] = ()
        elif any(part.platform == plan.platform for part in earlier.platforms):
            return earlier
        else:
            held = earlier.platforms
    else:
        held = ()
    preferences = _preferences(earlier, plan.platform)
    uv = Uv(folder=folder, indexes=indexes, environ=transport.environ, offline=transport.offline)
    resolution = _resolve_first(plan, uv, preferences, progress)
    lock = _complete(resolution, plan, indexes, cache, transport, progress)
    wheels = fetch_wheels(
        lock, folder, indexes=indexes, cache=cache, transport=transport, progress=progress
    )
    lock = replace(lock, wheels=_with_sizes(lock.wheels, wheels))
    architecture = parse_platform(plan.platform).architecture
    base = lock_base(
        plan.base,
        lock.suite,
        architecture,
        mirrors=mirrors,
        transport=transport,
        cache=cache,
        settings=settings,
        progress=progress,
    )
    system = lock_system(
        _needs(wheels, cache),
        base,
        lock.suite,
        architecture,
        mirrors=mirrors,
        transport=transport,
        cache=cache,
        settings=settings,
        progress=progress,
    )
    lock = replace(lock, debs=(*base, *system))
    platforms = tuple(sorted((*held, lock), key=lambda part: part.platform))
    result = Lock(inputs=_inputs(plan, tree, folder, _directories(platforms)), platforms=platforms)
    write_lock(path, result)
    return result


def _resolve_first(
    plan: Plan, uv: Uv, preferences: Sequence[LockedWheel], progress: Progress
) -> Resolution:
    """Resolve for the first suite that has a wheel of everything, else for the best one."""
    found: list[Resolution] = []
    failures: list[tuple[str, LockError]] = []
    for suite in plan.base.suites:
        target = find_target(suite, plan.platform)
        try:
            resolution = resolve(plan, target, uv, preferences=preferences, progress=progress)
        except LockError as error:
            failures.append((suite, error))
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


def _complete(
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


def _with_sizes(
    wheels: Iterable[LockedWheel], fetched: Iterable[FetchedWheel]
) -> tuple[LockedWheel, ...]:
    """Fill in the sizes, which not every index tells."""
    return tuple(
        replace(wheel, size=file.size) if wheel.digest else wheel
        for wheel, file in zip(wheels, fetched, strict=True)
    )


def _needs(wheels: Sequence[FetchedWheel], cache: Cache) -> list[Need]:
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


def _preferences(earlier: Lock | None, platform: str) -> tuple[LockedWheel, ...]:
    """Return the wheels whose versions are to be kept: those of the platform, else of another."""
    if earlier is None or not earlier.platforms:
        return ()
    parts = sorted(earlier.platforms, key=lambda part: part.platform != platform)
    return parts[0].wheels


def _directories(platforms: Iterable[PlatformLock]) -> set[str]:
    """Return the folders that wheels are built from."""
    sources = (wheel.source for part in platforms for wheel in part.wheels)
    return {source.location for source in sources if source and source.kind == "directory"}


def _inputs(plan: Plan, tree: Tree, folder: Path, directories: Iterable[str]) -> Digest:
    """Return the digest of all that decides what is locked."""
    declared = plan.dependencies

    def read(path: str) -> bytes | None:
        try:
            return tree.read(path)
        except ProjectError:
            # Not every file that dependencies are declared in is part of the application.
            try:
                return (folder / path).read_bytes()
            except OSError:
                return None

    files: dict[str, object] = {}
    if declared.source == "requirements":
        for path in references(folder / declared.path):
            files[_relative(path, folder)] = _text_digest(path.read_bytes())
    elif declared.path and not declared.path.endswith("pyproject.toml"):
        files[declared.path] = _text_digest(read(declared.path))
    files["uv.toml"] = _text_digest(read("uv.toml"))
    for place in sorted({".", *directories}):
        name = f"{place}/pyproject.toml".removeprefix("./")
        files[name] = _declarations(read(name))
    return digest_of(
        canonical_json(
            {
                "format": _FORMAT,
                "suites": plan.base.suites,
                "variant": plan.base.variant,
                "packages": plan.base.packages,
                "python": plan.python,
                "accelerator": plan.accelerator,
                "source": declared.source,
                "path": declared.path,
                "extras": declared.extras,
                "groups": declared.groups,
                "installs_project": declared.installs_project,
                "files": files,
            }
        )
    )


def _declarations(content: bytes | None) -> object:
    """Return what a pyproject.toml says of dependencies, so that the rest may change freely."""
    if content is None:
        return None
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except ValueError:
        return _text_digest(content)
    project = _table(document, "project")
    tool = _table(document, "tool")
    kept = ("name", "requires-python", "dependencies", "optional-dependencies", "dynamic")
    return _as_json(
        {
            "project": {key: project[key] for key in kept if key in project},
            "dependency-groups": document.get("dependency-groups"),
            "build-system": document.get("build-system"),
            "uv": tool.get("uv"),
        }
    )


def _as_json(value: object) -> object:
    """Return a TOML *value* with dates as text, which JSON has none of."""
    if isinstance(value, dict):
        return {key: _as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text_digest(content: bytes | None) -> str | None:
    # A checkout on another system may have other line ends.
    return None if content is None else digest_of(content.replace(b"\r\n", b"\n"))


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
