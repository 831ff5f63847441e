"""PDM: `pdm.lock`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.locked import MAIN, Locked, LockedPackage, Need
from boxwright.project.detectors.poetry import package_lines
from boxwright.project.detectors.shapes import At, array, string, strings, table, wrong
from boxwright.project.detectors.wanted import (
    joined_markers,
    parse_wanted,
    path_place,
    repository_place,
)
from boxwright.project.evidence import Evidence
from boxwright.syntax.requirements import normalised

_READ = re.compile(r"4(\.\d+)*")
"""The versions of the format that are understood."""


def read_lock(
    path: str, text: str, document: Mapping[str, Any], pyproject: Mapping[str, Any]
) -> Locked:
    """Return what `pdm.lock` says; *pyproject* names the indexes."""
    metadata = table(document.get("metadata"), At(path, None, "metadata"))
    version = string(metadata.get("lock_version"), At(path, None, "metadata.lock_version"))
    if not _READ.fullmatch(version):
        said = f"the format `{version}` is not understood" if version else "no `lock_version`"
        raise ProjectError(
            f"{path}: metadata: {said}",
            hint="lock again with a PDM that writes version 4 of the format",
        )
    files = table(metadata.get("files"), At(path, None, "metadata.files"))
    lines = package_lines(text)
    found: dict[tuple[str, str], LockedPackage] = {}
    for number, row in enumerate(array(document.get("package"), At(path, None, "package"))):
        at = At(path, lines[number] if number < len(lines) else None, "package")
        package = _package(table(row, at), at, files)
        key = (package.name, package.version)
        found[key] = _merged(found[key], package) if key in found else package
    content_hash = string(metadata.get("content_hash"), At(path, None, "metadata.content_hash"))
    return Locked(
        path=path,
        packages=tuple(found.values()),
        indexes=tuple(_indexes(pyproject)),
        content_hash=content_hash.removeprefix("sha256:"),
        python=_pythons(metadata),
    )


def _pythons(metadata: Mapping[str, Any]) -> str:
    targets = metadata.get("targets")
    if not isinstance(targets, list) or len(targets) != 1 or not isinstance(targets[0], dict):
        return ""
    found = targets[0].get("requires_python", "")
    return found if isinstance(found, str) else ""


def _indexes(pyproject: Mapping[str, Any]) -> Iterator[str]:
    """Yield the indexes of `[[tool.pdm.source]]`, the usual one not."""
    sources = _part(_part(pyproject, "tool"), "pdm").get("source")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and str(source.get("name", "")).lower() != "pypi":
            url = source.get("url")
            if isinstance(url, str) and source.get("type", "index") == "index":
                yield url


def _package(row: Mapping[str, Any], at: At, files: Mapping[str, Any]) -> LockedPackage:
    def text(key: str) -> str:
        return string(row.get(key), at.below(key))

    name, version = text("name"), text("version")
    if not name or not version:
        raise wrong(None, "a name and a version", at)
    extras = strings(row.get("extras"), at.below("extras"))
    place = text("url")
    if text("git"):
        place = repository_place(text("git"), text("revision") or text("ref"), text("subdirectory"))
    elif text("path"):
        place = path_place(text("path"))
    digests = set()
    listed = array(row.get("files", files.get(f"{name} {version}")), at.below("files"))
    for number, file in enumerate(listed):
        here = at.below("files").below(number)
        digest = string(table(file, here).get("hash"), here.below("hash"))
        if digest.startswith("sha256:"):
            digests.add(digest.removeprefix("sha256:"))
    groups = None
    if "groups" in row:
        groups = {
            MAIN if group == "default" else normalised(group): text("marker")
            for group in strings(row["groups"], at.below("groups"))
        }
    return LockedPackage(
        name=normalised(name),
        version=version,
        evidence=Evidence(at.path, at.line, f"{name} {version}"),
        place=place,
        digests=frozenset(digests),
        groups=groups,
        needs=tuple(_needs(row, at, name, extras)),
    )


def _needs(row: Mapping[str, Any], at: At, name: str, extras: tuple[str, ...]) -> Iterator[Need]:
    """Yield what a package needs; what its extras need stands in an entry of their own."""
    extra = " or ".join(f'extra == "{normalised(each)}"' for each in extras)
    place = at.below("dependencies")
    for item in strings(row.get("dependencies"), place):
        wanted = parse_wanted(item, at.line, at.path)
        if wanted.name != normalised(name):
            yield Need(wanted._replace(marker=joined_markers(wanted.marker, extra)))


def _merged(first: LockedPackage, second: LockedPackage) -> LockedPackage:
    """Return a package with what an extra of it, an entry of its own, adds."""
    groups = first.groups
    if groups is not None and second.groups is not None:
        groups = {**second.groups, **groups}
    return replace(
        first,
        groups=groups,
        digests=first.digests | second.digests,
        needs=(*first.needs, *second.needs),
    )


def content_hashes(document: Mapping[str, Any]) -> frozenset[str]:
    """Return what `pdm.lock` may have as its content hash if it fits this pyproject.toml."""
    project = _part(document, "project")
    settings = _part(_part(document, "tool"), "pdm")
    groups: dict[str, list[object]] = {}
    for tables in (_part(document, "dependency-groups"), _part(settings, "dev-dependencies")):
        for name, items in tables.items():
            if isinstance(items, list):
                groups.setdefault(normalised(name), []).extend(items)
    common = {
        "sources": settings.get("source", []),
        "dependencies": project.get("dependencies", []),
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }
    resolution = _part(settings, "resolution")
    # The last two are those of earlier versions, the last with names as they are written.
    as_written = settings.get("dev-dependencies", {})
    return frozenset(
        hashlib.sha256(
            json.dumps({**common, **more}, sort_keys=True, default=str).encode()
        ).hexdigest()
        for more in (
            {"dev-dependencies": groups, "resolution": resolution},
            {"dev-dependencies": groups, "overrides": _part(resolution, "overrides")},
            {"dev-dependencies": as_written, "overrides": _part(resolution, "overrides")},
        )
    )


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}
