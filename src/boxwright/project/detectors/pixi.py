"""pixi: `pixi.toml`, or `[tool.pixi]` in `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.conda import Collected, Environment
from boxwright.project.detectors.notation import from_poetry
from boxwright.project.detectors.shapes import At, string, strings, table
from boxwright.project.detectors.wanted import Wanted, path_place, repository_place
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact
from boxwright.syntax.requirements import normalised
from boxwright.syntax.toml_lines import line_of

_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}


def features(document: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the names of the features, which are chosen as groups are."""
    return tuple(map(normalised, table(document.get("feature"), At(path, None, "feature"))))


def read_manifest(
    path: str,
    text: str,
    document: Mapping[str, Any],
    *,
    above: tuple[str, ...] = (),
    chosen: Iterable[str] = (),
) -> Environment:
    """
    Return what the manifest *document* says of its default feature and the *chosen* ones.

    *above* is where the document stands in the file: `tool.pixi` in a pyproject.toml.
    """
    found = Environment()
    collected = Collected(found)
    for key in ("workspace", "project"):
        name = table(document.get(key), At(path, None, key)).get("name")
        if isinstance(name, str) and found.name is None:
            place = (*above, key, "name")
            found.name = Fact(value=name, evidence=Evidence(path, line_of(text, place), name))
    places: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), document)]
    named = table(document.get("feature"), At(path, None, "feature"))
    for name, feature in named.items():
        if normalised(name) in chosen:
            places.append((("feature", name), table(feature, At(path, None, f"feature.{name}"))))
    for place, part in list(places):
        targets = table(part.get("target"), At(path, None, ".".join((*place, "target"))))
        for target, rows in targets.items():
            if target in _MACHINES or target in ("linux", "unix"):
                at = At(path, None, ".".join((*place, "target", target)))
                places.append(((*place, "target", target), table(rows, at)))
    for place, part in places:
        machine = _MACHINES.get(place[-1]) if "target" in place else None
        marker = f'platform_machine == "{machine}"' if machine else ""
        _read_part(path, text, (*above, *place), part, collected, marker)
    collected.finish()
    return found


def _read_part(
    path: str,
    text: str,
    place: tuple[str, ...],
    part: Mapping[str, Any],
    collected: Collected,
    marker: str,
) -> None:
    for name, value, at in _rows(path, text, (*place, "dependencies"), part.get("dependencies")):
        row = {"version": value} if isinstance(value, str) else table(value, at)
        version = string(row.get("version"), at.below("version"))
        collected.take(
            name,
            version,
            Evidence(path, at.line, f"{name} {version}".rstrip()),
            build=string(row.get("build"), at.below("build")),
            marker=marker,
        )
    key = "pypi-dependencies"
    for name, value, at in _rows(path, text, (*place, key), part.get(key)):
        collected.environment.wanted += _from_index(name, value, at, marker)
    system = table(part.get("system-requirements"), At(path, None, "system-requirements"))
    if "cuda" in system and collected.environment.accelerator is None:
        line = line_of(text, (*place, "system-requirements", "cuda"))
        evidence = Evidence(path, line, f"cuda = {system['cuda']}")
        collected.environment.accelerator = Fact(value="cuda", evidence=evidence)


def _rows(
    path: str, text: str, place: tuple[str, ...], value: object
) -> Iterator[tuple[str, Any, At]]:
    for name, row in table(value, At(path, None, ".".join(place))).items():
        at = At(path, line_of(text, (*place, name)), ".".join((*place, name)))
        yield name, row, at


def _from_index(name: str, value: object, at: At, marker: str) -> Iterator[Wanted]:
    row = {"version": value} if isinstance(value, str) else table(value, at)

    def text(key: str) -> str:
        return string(row.get(key), at.below(key))

    place = text("url")
    if text("git"):
        revision = text("rev") or text("tag") or text("branch")
        place = repository_place(text("git"), revision, text("subdirectory"))
    elif text("path"):
        place = path_place(text("path"))
    if place in (".", "./."):
        # The project itself.
        return
    try:
        specifier = from_poetry(text("version")).specifier if text("version") else ""
    except ValueError:
        raise ProjectError(
            f"{at}: `{text('version')}` is no version specifier",
            hint='write it as in ">=1.2,<2" or "*"',
        ) from None
    yield Wanted(
        name=normalised(name),
        evidence=Evidence(at.path, at.line, name),
        extras=tuple(map(normalised, strings(row.get("extras"), at.below("extras")))),
        specifier=specifier,
        marker=marker,
        place=place,
    )
