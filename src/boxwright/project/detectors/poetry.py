"""Poetry: the dependencies in `[tool.poetry]`, and `poetry.lock`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.locked import Locked, LockedPackage, Need
from boxwright.project.detectors.notation import from_poetry
from boxwright.project.detectors.shapes import At, array, string, strings, table, wrong
from boxwright.project.detectors.wanted import (
    Wanted,
    joined_markers,
    path_place,
    python_marker,
    repository_place,
)
from boxwright.project.evidence import Evidence
from boxwright.syntax.requirements import normalised

_READ = re.compile(r"1\.\d+|2\.\d+")
"""The versions of the format that are understood."""
_PLATFORMS = re.compile(r"\s*(==|!=)?\s*['\"]?(\w+)['\"]?\s*")


def read_wanted(name: str, value: object, at: At, says: str = "") -> Iterator[Wanted]:
    """Yield the requirements that *value* states of the distribution *name*."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from read_wanted(name, item, at.below(number), says)
        return
    row: Mapping[str, Any] = {"version": value} if isinstance(value, str) else table(value, at)
    version = string(row.get("version"), at.below("version"))
    python = _specifier(string(row.get("python"), at.below("python")), at.below("python"))
    platform = string(row.get("platform"), at.below("platform"))
    match = _PLATFORMS.fullmatch(platform) if platform else None
    yield Wanted(
        name=normalised(name),
        evidence=Evidence(at.path, at.line, says or at.key),
        extras=tuple(map(normalised, strings(row.get("extras"), at.below("extras")))),
        specifier=_specifier(version, at),
        marker=joined_markers(
            string(row.get("markers"), at.below("markers")),
            python_marker(python),
            f'sys_platform {match[1] or "=="} "{match[2]}"' if match else "",
        ),
        place=_place(row, at),
    )


def is_optional(value: object) -> bool:
    """Tell whether *value* is a dependency that only an extra brings."""
    rows = value if isinstance(value, list) else [value]
    return any(isinstance(row, dict) and bool(row.get("optional")) for row in rows)


def _specifier(constraint: str, at: At) -> str:
    try:
        return from_poetry(constraint).specifier if constraint else ""
    except ValueError:
        raise ProjectError(
            f"{at}: `{constraint}` is no version constraint of Poetry",
            hint='write it as in "^1.2" or ">=1.2,<2"',
        ) from None


def _place(row: Mapping[str, Any], at: At) -> str:
    def text(*keys: str) -> str:
        return next((string(row[key], at.below(key)) for key in keys if key in row), "")

    if "git" in row:
        return repository_place(text("git"), text("rev", "tag", "branch"), text("subdirectory"))
    if "url" in row:
        return text("url")
    path = text("path", "file")
    return path_place(path) if path else ""


def read_lock(path: str, text: str, document: Mapping[str, Any]) -> Locked:
    """Return what `poetry.lock` says."""
    metadata = table(document.get("metadata"), At(path, None, "metadata"))
    version = string(metadata.get("lock-version"), At(path, None, "metadata.lock-version"))
    if not _READ.fullmatch(version):
        said = f"the format `{version}` is not understood" if version else "no `lock-version`"
        raise ProjectError(
            f"{path}: metadata: {said}",
            hint="lock again with a Poetry that writes version 2 of the format",
        )
    # Where the files stood before each package had its own.
    files = table(metadata.get("files"), At(path, None, "metadata.files"))
    files = {normalised(name): value for name, value in files.items()}
    lines = package_lines(text)
    packages = []
    indexes: dict[str, None] = {}
    for number, row in enumerate(array(document.get("package"), At(path, None, "package"))):
        at = At(path, lines[number] if number < len(lines) else None, "package")
        package, index = _package(table(row, at), at, files)
        packages.append(package)
        if index:
            indexes[index] = None
    return Locked(
        path=path,
        packages=tuple(packages),
        indexes=tuple(indexes),
        content_hash=string(metadata.get("content-hash"), At(path, None, "metadata.content-hash")),
        python=_pythons(metadata),
    )


def package_lines(text: str) -> list[int]:
    """Return the lines of `[[package]]` in a TOML text."""
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if re.match(r"\s*\[\[\s*package\s*\]\]", line)
    ]


def _pythons(metadata: Mapping[str, Any]) -> str:
    try:
        return from_poetry(str(metadata.get("python-versions", "*"))).specifier
    except ValueError:
        return ""


def _package(row: Mapping[str, Any], at: At, files: Mapping[str, Any]) -> tuple[LockedPackage, str]:
    """Return a package, and the index that it comes from where that is not the usual one."""
    name = string(row.get("name"), at.below("name"))
    version = string(row.get("version"), at.below("version"))
    if not name or not version:
        raise wrong(None, "a name and a version", at)
    evidence = Evidence(at.path, at.line, f"{name} {version}")
    source = table(row.get("source"), at.below("source"))
    kind = string(source.get("type"), at.below("source.type"))
    url = string(source.get("url"), at.below("source.url"))
    place = ""
    if kind == "git":
        revision = string(
            source.get("resolved_reference", source.get("reference")),
            at.below("source.resolved_reference"),
        )
        place = repository_place(
            url, revision, string(source.get("subdirectory"), at.below("source.subdirectory"))
        )
    elif kind == "url":
        place = url
    elif kind in ("file", "directory"):
        place = path_place(url)
    reference = string(source.get("reference"), at.below("source.reference"))
    is_usual = kind != "legacy" or reference.lower() == "pypi"
    package = LockedPackage(
        name=normalised(name),
        version=version,
        evidence=evidence,
        place=place,
        digests=_digests(row.get("files", files.get(normalised(name))), at.below("files")),
        groups=_groups(row, at),
        needs=tuple(_needs(row, at)),
        extras=_extras(row, at),
    )
    return package, "" if is_usual else url


def _digests(value: object, at: At) -> frozenset[str]:
    found = set()
    for number, row in enumerate(array(value, at)):
        digest = string(table(row, at.below(number)).get("hash"), at.below(number).below("hash"))
        if digest.startswith("sha256:"):
            found.add(digest.removeprefix("sha256:"))
    return frozenset(found)


def _groups(row: Mapping[str, Any], at: At) -> Mapping[str, str] | None:
    """Return group → marker, which version 2.1 of the format has."""
    if "groups" not in row:
        return None
    groups = strings(row["groups"], at.below("groups"))
    markers = row.get("markers", "")
    if isinstance(markers, str):
        return {normalised(group): markers for group in groups}
    by_group = table(markers, at.below("markers"))
    return {
        normalised(group): string(by_group.get(group), at.below("markers").below(group))
        for group in groups
    }


def _needs(row: Mapping[str, Any], at: At) -> Iterator[Need]:
    for name, value in table(row.get("dependencies"), at.below("dependencies")).items():
        place = at.below("dependencies").below(name)
        for wanted in read_wanted(name, value, place, f"{row.get('name')} needs {name}"):
            yield Need(wanted, is_optional(value))


def _extras(row: Mapping[str, Any], at: At) -> Mapping[str, frozenset[str]]:
    """Return extra → names; each item is a requirement with its versions in parentheses."""
    found = {}
    for extra, items in table(row.get("extras"), at.below("extras")).items():
        names = (
            re.match(r"[A-Za-z0-9._-]+", item)
            for item in strings(items, at.below("extras").below(extra))
        )
        found[normalised(extra)] = frozenset(normalised(name[0]) for name in names if name)
    return found


def content_hashes(document: Mapping[str, Any]) -> frozenset[str]:
    """Return what `poetry.lock` may have as its content hash if it fits this pyproject.toml."""
    legacy = ("dependencies", "source", "extras", "dev-dependencies")
    project = _part(document, "project")
    groups = _part(document, "dependency-groups")
    poetry = _part(_part(document, "tool"), "poetry")
    relevant = {
        key: project[key]
        for key in ("requires-python", "dependencies", "optional-dependencies")
        if project.get(key) is not None
    }
    found = set()
    # Poetry before 2.2 knew no groups beside its own, Poetry before 1.2 none at all.
    for with_groups in (groups, {}):
        for keys in ((*legacy, "group"), legacy):
            own = {
                key: poetry.get(key)
                for key in keys
                if poetry.get(key) is not None
                or (key in legacy and not relevant and not with_groups)
            }
            content: dict[str, object] = {}
            if relevant:
                content["project"] = relevant
            if with_groups:
                content["dependency-groups"] = with_groups
            content = {**content, "tool": {"poetry": own}} if content else own
            found.add(_sha256(content))
    return frozenset(found)


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _sha256(content: object) -> str:
    # Dates are no JSON; a project that has one there cannot be locked by Poetry at all.
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
