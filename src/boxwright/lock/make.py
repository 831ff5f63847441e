"""Plan to lock: the earlier lock where it still holds, else a new one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
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
    # Most builds need none of this: what it takes is imported by those that do.
    from boxwright.lock.platform import lock_platform

    preferences = _preferences(earlier, plan.platform)
    if plan.base.image:
        from boxwright.lock.image_base import lock_on_image

        lock = lock_on_image(
            plan,
            folder,
            preferences=preferences,
            earlier=[part.image for part in earlier.platforms if part.image] if earlier else [],
            sources=sources,
            cache=cache,
            progress=progress,
        )
    else:
        lock = lock_platform(
            plan,
            folder,
            preferences=preferences,
            sources=sources,
            cache=cache,
            progress=progress,
        )
    platforms = tuple(sorted((*held, lock), key=lambda part: part.platform))
    result = Lock(inputs=_inputs(plan, tree, folder, _directories(platforms)), platforms=platforms)
    write_lock(path, result)
    return result


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
