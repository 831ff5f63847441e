"""Packages in folders that are installed with a project: members of its workspace, path dependencies."""

from __future__ import annotations

import os
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from boxwright.project.facts import Dependencies
from boxwright.project.tree import Tree
from boxwright.project.views import has
from boxwright.syntax.requirements import normalised

_LOCAL = re.compile(r"^source = \{ (?:virtual|editable|directory) = ", re.MULTILINE)
_PLACE = re.compile(r"(?:^|@ )(?P<place>\.{1,2}(?:/[^\s;]*)?)(?:\s*;.*)?$")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2")
_PYPROJECT = "pyproject.toml"


def locked_packages(
    text: str, project: str, extras: Iterable[str], groups: Iterable[str]
) -> tuple[str, ...]:
    """
    Return the folders of packages that *project* needs, by the *text* of its `uv.lock`.

    Like *project* they are relative to the lock. What is no package itself (a virtual
    member) is not built, but what it needs is.
    """
    # Parsing a large lock whole takes long, and nothing from an index needs what is local.
    blocks = [block for block in text.split("\n[[package]]\n")[1:] if _LOCAL.search(block)]
    packages: dict[str, Mapping[str, Any]] = {}
    for block in blocks:
        try:
            entry = tomllib.loads(f"[[package]]\n{block}")["package"][0]
        except ValueError:
            continue
        packages[normalised(str(entry.get("name", "")))] = entry
    found: set[str] = set()
    start = next((name for name in packages if _folder(packages[name]) == project), "")
    waiting: list[tuple[str, frozenset[str]]] = [(start, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, chosen = each = waiting.pop()
        if name not in packages or each in seen:
            continue
        seen.add(each)
        package = packages[name]
        if name != start and "virtual" not in package["source"]:
            found.add(_folder(package))
        needs: list[Any] = [*package.get("dependencies", ())]
        for extra in chosen:
            needs += package.get("optional-dependencies", {}).get(extra, ())
        for group in groups if name == start else ():
            needs += package.get("dev-dependencies", {}).get(group, ())
        waiting += (
            (normalised(str(need.get("name"))), frozenset(need.get("extra", ()))) for need in needs
        )
    return tuple(sorted(found))


def named_packages(
    tree: Tree, dependencies: Dependencies, lines: Sequence[str], sources: Mapping[str, Any]
) -> tuple[str, ...]:
    """
    Return the folders that requirements name by their place, and what those need themselves.

    *lines* are requirements, *sources* the table `tool.uv.sources` of the project.
    """
    direct = {item.name for item in dependencies.direct}
    found: list[str] = [match["place"] for line in lines if (match := _PLACE.search(line))]
    found += _of_sources(sources, direct)
    folders: list[str] = []
    waiting = [posixpath.normpath(place) for place in found if not place.endswith(_ARCHIVES)]
    while waiting:
        folder = waiting.pop()
        if folder == "." or folder in folders or not _is_folder(tree, folder):
            continue
        folders.append(folder)
        waiting += (
            posixpath.normpath(posixpath.join(folder, place))
            for place in _needs_of(_read(tree, f"{folder}/{_PYPROJECT}"))
        )
    return tuple(sorted(folders))


def _of_sources(sources: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    wanted = set(names)
    for name, source in sources.items():
        path = source.get("path") if isinstance(source, dict) else None
        if isinstance(path, str) and normalised(name) in wanted and not path.endswith(_ARCHIVES):
            yield path


def _needs_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the places that a package's own `pyproject.toml` names."""
    tool = document.get("tool", {})
    uv = tool.get("uv", {}).get("sources", {}) if isinstance(tool, dict) else {}
    poetry = tool.get("poetry", {}).get("dependencies", {}) if isinstance(tool, dict) else {}
    for table in (uv, poetry):
        for row in table.values() if isinstance(table, dict) else ():
            path = row.get("path") if isinstance(row, dict) else None
            if isinstance(path, str) and not path.endswith(_ARCHIVES):
                yield path


def _folder(package: Mapping[str, Any]) -> str:
    source = package.get("source", {})
    return str(
        next((source[key] for key in ("virtual", "editable", "directory") if key in source), "")
    )


def _is_folder(tree: Tree, folder: str) -> bool:
    root = getattr(tree, "root", None)
    if isinstance(root, Path):
        return (root / folder).is_dir()
    return not folder.startswith("..") and has(tree, folder)


def _read(tree: Tree, path: str) -> Mapping[str, Any]:
    """Return the document *path*, which may be outside of *tree*; empty where it cannot be read."""
    root = getattr(tree, "root", None)
    try:
        if isinstance(root, Path):
            content = Path(os.path.normpath(root / path)).read_bytes()
        else:
            content = tree.read(path)
        return tomllib.loads(content.decode())
    except (OSError, ValueError, LookupError):
        return {}
