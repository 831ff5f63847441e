"""The workspace that a project is a member of: the lock that it shares stands in a folder above."""

from __future__ import annotations

import os
import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.local_packages import locked_packages, named_packages
from boxwright.project.detectors.members import is_member
from boxwright.project.detectors.metadata import Pyproject
from boxwright.project.detectors.requirements_files import read_requirements
from boxwright.project.document import read_text
from boxwright.project.facts import Dependencies
from boxwright.project.tree import Tree
from boxwright.project.views import Overlay
from boxwright.settings import Settings

_LOCK = "uv.lock"
_PYPROJECT = "pyproject.toml"
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A folder whose `pyproject.toml` counts the project among its members."""

    up: str
    """The way there from the project: `../..`."""
    lock: bytes
    """The text of its `uv.lock`; empty where it has none."""
    members: tuple[str, ...]
    """The folders of all members, the project among them, relative to the project."""
    names: tuple[tuple[str, str], ...] = ()
    """Those folders with the names of the packages in them."""


def find_workspace(folder: Path) -> Workspace | None:
    """
    Return the workspace of uv that the project in *folder* is a member of, or the root of.

    As uv does, the first folder above decides whose `pyproject.toml` has such a table.
    """
    project = folder.resolve()
    if not (project / _PYPROJECT).is_file():
        return None
    for root in (project, *project.parents):
        table = _table(root)
        if table is None:
            continue
        inside = project.relative_to(root).as_posix()
        if root != project and not is_member(inside, table):
            return None
        members = sorted(_members(root, table))
        return Workspace(
            up="" if root == project else _way(project, root),
            lock=_read(root / _LOCK),
            members=tuple(_way(project, each) for each in members),
            names=tuple((_way(project, each), _name(each)) for each in members),
        )
    return None


def with_lock(tree: Tree, workspace: Workspace | None) -> Tree:
    """Return *tree* with the lock of the *workspace* above it as if it were its own."""
    if workspace is None or not workspace.up or not workspace.lock:
        return tree
    return Overlay(tree, {_LOCK: workspace.lock})


def in_workspace(
    found: Dependencies,
    tree: Tree,
    pyproject: Pyproject,
    settings: Settings,
    workspace: Workspace | None,
) -> Dependencies:
    """Return what was *found* with the places that it has in the *workspace*, or above the project."""
    up = workspace.up if workspace is not None else ""
    if found.source == _LOCK:
        if up:
            found = replace(found, path=f"{up}/{_LOCK}", workspace=up)
            why = f"the workspace in `{up}` locks every version and digest for all its members"
            found = replace(found, why=why)
        packages = _locked(tree, settings, workspace)
        folders = sorted({*packages, *(workspace.members if workspace is not None else ())} - {"."})
        manifests = tuple(f"{folder}/{_PYPROJECT}" for folder in folders)
        return replace(found, packages=packages, manifests=manifests)
    lines, manifests = _lines(found, tree)
    packages = named_packages(tree, found, lines, _sources(pyproject, workspace))
    return replace(found, packages=packages, manifests=manifests)


def _locked(tree: Tree, settings: Settings, workspace: Workspace | None) -> tuple[str, ...]:
    """Return the folders of the packages that the project's lock installs with it."""
    up = workspace.up if workspace is not None else ""
    if workspace is not None and up:
        text = workspace.lock.decode("utf-8", "replace")
    else:
        text = read_text(tree, _LOCK)
    root = getattr(tree, "root", None)
    project = "."
    if up and isinstance(root, Path):
        there = root.resolve()
        project = there.relative_to((there / up).resolve()).as_posix()
    found = locked_packages(text, project, settings.extras, settings.groups)
    # A path that leads through the project's own folder is shorter than by way of the lock's.
    return tuple(sorted(posixpath.relpath(folder, project) for folder in found))


def _lines(found: Dependencies, tree: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the requirements, and the files that the one which decides includes."""
    if found.source != "requirements":
        return found.requirements, ()
    try:
        read = read_requirements(tree, found.path)
    except ProjectError:
        return (), ()
    included = dict.fromkeys(path for path, _ in read.texts if path != found.path)
    return tuple(each.line for each in read.wanted), tuple(included)


def _sources(pyproject: Pyproject, workspace: Workspace | None) -> Mapping[str, Any]:
    """Return `tool.uv.sources`, with the folders of what is a member of the *workspace*."""
    found = pyproject.document.get("tool", {})
    for key in ("uv", "sources"):
        found = found.get(key, {}) if isinstance(found, dict) else {}
    if not isinstance(found, dict):
        return {}
    members = {name: folder for folder, name in (workspace.names if workspace is not None else ())}
    return {
        name: {"path": members[name]}
        if isinstance(row, dict) and row.get("workspace") is True and name in members
        else row
        for name, row in found.items()
    }


def _members(root: Path, table: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the folders of the members; those that a pattern reaches by `**` are at most so deep."""
    patterns = table.get("members")
    for pattern in patterns if isinstance(patterns, list) else ():
        if not isinstance(pattern, str):
            continue
        try:
            found = sorted(root.glob(pattern.removeprefix("./").rstrip("/")))
        except (ValueError, NotImplementedError):
            continue
        for path in found:
            inside = path.relative_to(root).as_posix()
            if (path / _PYPROJECT).is_file() and is_member(inside, table):
                yield path


def _name(folder: Path) -> str:
    """Return the name of the package in *folder*; empty where none is read."""
    try:
        return str(tomllib.loads(_read(folder / _PYPROJECT).decode())["project"]["name"])
    except (ValueError, LookupError, TypeError):
        return ""


def _table(folder: Path) -> Mapping[str, Any] | None:
    """Return `[tool.uv.workspace]` of *folder*; None where there is none that can be read."""
    text = _read(folder / _PYPROJECT)
    if b"workspace" not in text:
        return None
    try:
        found = tomllib.loads(text.decode()).get("tool", {}).get("uv", {}).get("workspace")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""


def _way(start: Path, end: Path) -> str:
    return Path(os.path.relpath(end, start)).as_posix()
