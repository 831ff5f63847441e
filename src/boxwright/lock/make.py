"""Plan to lock: the earlier lock where it still holds, else a new one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
from boxwright.lock.compiling import compiling_part, lock_helpers
from boxwright.lock.document import FILE_NAME, read_lock, write_lock
from boxwright.lock.model import Lock, LockedWheel, PlatformLock
from boxwright.lock.requirements import references
from boxwright.lock.sources import Sources
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.plan.model import Plan
from boxwright.project.detectors.lock_files import TOOLS
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.progress import Progress

_FORMAT = 1
"""Raised when equal inputs no longer give an equal lock."""


def make_lock(
    plan: Plan,
    tree: Tree,
    folder: Path,
    *,
    sources: Sources,
    cache: Cache,
    upgrade: bool = False,
    platforms: Sequence[str] = (),
    architecture: str | None = None,
    progress: Progress,
) -> Lock:
    """
    Return the lock of *plan* for the project in *folder*, and write it to `boxwright.lock`.

    It is for *platforms*, or that of the plan. On a machine of *architecture* it has what
    makes the byte code of all of them, if that is known and can still be had.

    A lock whose inputs are unchanged and which has all of that is returned as it is, and
    nothing is written. Otherwise versions are kept where they still do, unless *upgrade*.
    Application code is no input: changing it never changes a lock.
    """
    wanted = tuple(platforms) or (plan.platform,)
    path = folder / FILE_NAME
    earlier = None if upgrade else read_lock(path)
    held: list[PlatformLock] = []
    helpers: tuple[PlatformLock, ...] = ()
    # Other platforms may have been locked from other inputs.
    if earlier and earlier.inputs == _inputs(plan, tree, folder, _directories(earlier.platforms)):
        if _is_complete(earlier, wanted, architecture):
            return earlier
        held, helpers = list(earlier.platforms), earlier.helpers
    # Most builds need none of this: what it takes is imported by those that do.
    from boxwright.lock.platform import lock_platform

    for platform in wanted:
        if any(part.platform == platform for part in held):
            continue
        known = [*held, *(earlier.platforms if earlier else ())]
        wish = replace(plan, platform=platform)
        preferences = _preferences(known, platform)
        if plan.base.image:
            from boxwright.lock.image_base import lock_on_image

            part = lock_on_image(
                wish,
                folder,
                preferences=preferences,
                earlier=[part.image for part in known if part.image],
                sources=sources,
                cache=cache,
                progress=progress,
            )
        else:
            part = lock_platform(
                wish,
                folder,
                preferences=preferences,
                sources=sources,
                cache=cache,
                progress=progress,
            )
        held.append(part)
    result = Lock(
        inputs=_inputs(plan, tree, folder, _directories(held)),
        platforms=tuple(sorted(held, key=lambda part: part.platform)),
        helpers=helpers,
    )
    helpers = lock_helpers(
        plan, result, wanted, architecture, sources=sources, cache=cache, progress=progress
    )
    result = replace(result, helpers=helpers)
    _tell_of_pythons([result.part(platform) for platform in wanted], progress)
    if result != earlier:
        write_lock(path, result)
    return result


def _is_complete(lock: Lock, platforms: Sequence[str], architecture: str | None) -> bool:
    """Return whether *lock* has all of *platforms*, and what a build of them here needs."""
    found = [part for part in lock.platforms if part.platform in platforms]
    return len(found) == len(platforms) and (
        architecture is None
        or all(compiling_part(lock, part, architecture) is not None for part in found)
    )


def _tell_of_pythons(parts: Sequence[PlatformLock], progress: Progress) -> None:
    if len({part.python for part in parts}) > 1:
        each = ", ".join(f"{part.python} for {part.platform}" for part in parts)
        progress.note(f"Python is {each}; set `suite` or `python` to have the same everywhere")


def _preferences(parts: Sequence[PlatformLock], platform: str) -> tuple[LockedWheel, ...]:
    """Return the wheels whose versions are to be kept: those of the platform, else of another."""
    ordered = sorted(parts, key=lambda part: part.platform != platform)
    return ordered[0].wheels if ordered else ()


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
    elif (
        declared.path
        and not declared.path.endswith("pyproject.toml")
        # Of other files than locks, the plan has all that counts.
        and (not declared.requirements or declared.source in TOOLS)
    ):
        files[declared.path] = _text_digest(read(declared.path))
    files["uv.toml"] = _text_digest(read("uv.toml"))
    for place in sorted({".", *directories}):
        name = f"{place}/pyproject.toml".removeprefix("./")
        files[name] = _declarations(read(name))
    # Left out where there are none, so that locks of before still hold.
    lines: dict[str, object] = {}
    if declared.requirements:
        lines["requirements"] = declared.requirements
    if plan.base.image:
        lines["image"] = plan.base.image
    return digest_of(
        canonical_json(
            {
                **lines,
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
