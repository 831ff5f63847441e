"""Pipenv: `Pipfile` and `Pipfile.lock`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.locked import MAIN, Locked, LockedPackage
from boxwright.project.detectors.notation import from_poetry
from boxwright.project.detectors.shapes import At, array, string, strings, table, wrong
from boxwright.project.detectors.wanted import (
    Wanted,
    joined_markers,
    path_place,
    repository_place,
)
from boxwright.project.evidence import Evidence
from boxwright.syntax.requirements import normalised
from boxwright.syntax.toml_lines import line_of, line_of_text

DEVELOPMENT = "dev-packages"
"""The category of what developers need."""
_OTHERS = frozenset({"source", "requires", "scripts", "pipenv", "pipfile"})
"""Tables of a Pipfile that are no categories."""
_MARKERS = (
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation",
    "platform_release", "platform_system", "platform_version", "python_version",
    "python_full_version", "implementation_name", "implementation_version",
)  # fmt: skip
"""Variables that may stand beside the version, each with an operator and a value."""


def categories(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the categories beside `packages`, normalised."""
    return tuple(
        normalised(name)
        for name, value in document.items()
        if name not in _OTHERS and name != "packages" and isinstance(value, Mapping)
    )


def read_wanted(
    path: str, text: str, document: Mapping[str, Any], category: str = "packages"
) -> Iterator[Wanted]:
    """Yield the requirements of one *category* of a Pipfile."""
    named = next((key for key in document if normalised(key) == category), category)
    for name, value in table(document.get(named), At(path, None, named)).items():
        at = At(path, line_of(text, (named, name)), f"{named}.{name}")
        yield _wanted(name, value, at)


def _wanted(name: str, value: object, at: At) -> Wanted:
    row: Mapping[str, Any] = {"version": value} if isinstance(value, str) else table(value, at)
    version = string(row.get("version"), at.below("version"))
    try:
        # A bare `*` is all that Pipenv has beside PEP 440, and Poetry has it too.
        specifier = from_poetry(version).specifier if version else ""
    except ValueError:
        raise ProjectError(
            f"{at}: `{version}` is no version specifier", hint='write it as in ">=1.2,<2" or "*"'
        ) from None
    return Wanted(
        name=normalised(name),
        evidence=Evidence(at.path, at.line, name),
        extras=tuple(map(normalised, strings(row.get("extras"), at.below("extras")))),
        specifier=specifier,
        marker=_marker(row, at),
        place=_place(row, at),
    )


def _marker(row: Mapping[str, Any], at: At) -> str:
    parts = [string(row.get("markers"), at.below("markers"))]
    for variable in _MARKERS:
        said = string(row.get(variable), at.below(variable))
        match = re.fullmatch(r"\s*(===?|!=|<=|>=|<|>|~=|(?:not )?in)?\s*['\"]?(.*?)['\"]?\s*", said)
        if said and match:
            parts.append(f'{variable} {match[1] or "=="} "{match[2]}"')
    return joined_markers(*parts)


def _place(row: Mapping[str, Any], at: At) -> str:
    def text(key: str) -> str:
        return string(row.get(key), at.below(key))

    if text("git"):
        return repository_place(text("git"), text("ref"), text("subdirectory"))
    file = text("file")
    if "://" in file:
        return file
    path = text("path") or file
    return path_place(path) if path else ""


def read_lock(path: str, text: str) -> Locked:
    """Return what `Pipfile.lock` says."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProjectError(
            f"{path}:{error.lineno}: not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            hint="run `pipenv lock`",
        ) from None
    except RecursionError:
        raise ProjectError(f"{path}: not valid JSON: nested too deeply") from None
    except ValueError as error:
        # A number with more digits than Python converts.
        raise ProjectError(f"{path}: not valid JSON: {error}") from None
    document = table(document, At(path, None, ""))
    meta = table(document.get("_meta"), At(path, None, "_meta"))
    found: dict[tuple[str, str, str], LockedPackage] = {}
    for category, rows in document.items():
        if category == "_meta":
            continue
        group = {"default": MAIN, "develop": DEVELOPMENT}.get(category, normalised(category))
        start = line_of_text(text, f'"{category}"') or 1
        for name, row in table(rows, At(path, start, category)).items():
            line = line_of_text(text, f'"{name}"', start)
            at = At(path, line, f"{category}.{name}")
            package = _package(name, table(row, at), at, group)
            key = (package.name, package.version, package.place)
            if key in found:
                groups = {**(found[key].groups or {}), **(package.groups or {})}
                package = replace(found[key], groups=groups)
            found[key] = package
    at = At(path, None, "_meta.hash")
    return Locked(
        path=path,
        packages=tuple(found.values()),
        indexes=tuple(_indexes(meta, path)),
        content_hash=string(table(meta.get("hash"), at).get("sha256"), at.below("sha256")),
    )


def _package(name: str, row: Mapping[str, Any], at: At, group: str) -> LockedPackage:
    place = _place(row, at)
    version = string(row.get("version"), at.below("version"))
    if not place and not version.startswith("=="):
        raise wrong(row.get("version"), 'a version such as "==1.2"', at.below("version"))
    hashes = strings(row.get("hashes"), at.below("hashes"))
    version = version.lstrip("= ")
    # Pipenv makes a name up for what it has only a place of.
    is_made_up = bool(place) and re.fullmatch("[0-9a-f]{7,}", name) is not None
    return LockedPackage(
        name="" if is_made_up else normalised(name),
        version=version,
        evidence=Evidence(at.path, at.line, f"{name} {version}".rstrip()),
        place=place,
        digests=frozenset(
            item.removeprefix("sha256:") for item in hashes if item.startswith("sha256:")
        ),
        groups={group: string(row.get("markers"), at.below("markers"))},
    )


def _indexes(meta: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the indexes that are named, those not whose addresses are in the environment."""
    at = At(path, None, "_meta.sources")
    for number, row in enumerate(array(meta.get("sources"), at)):
        here = at.below(number)
        source = table(row, here)
        url = string(source.get("url"), here.below("url"))
        name = string(source.get("name"), here.below("name"))
        if url and "$" not in url and name.lower() != "pypi":
            yield url


def content_hash(document: Mapping[str, Any]) -> str:
    """Return what `Pipfile.lock` has as its hash if it fits this Pipfile."""
    data: dict[str, object] = {
        "_meta": {
            "sources": document.get("source", []),
            "requires": document.get("requires", {}),
        },
        "default": document.get("packages", {}),
        "develop": document.get("dev-packages", {}),
    }
    data |= {
        name: value
        for name, value in document.items()
        if name not in {*_OTHERS, "packages", "dev-packages", "default", "develop"}
    }
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
