"""Which Debian packages a public Python image lacks: to run with, and to compile with."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.plan.explain import Explained
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies
from boxwright.settings import Settings

_BUILDERS = frozenset({"build-essential", "gcc", "g++", "cmake", "make", "pkg-config", "swig"})
"""What is asked for to compile with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPackages:
    """What has to be installed beside Python."""

    runtime: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    """Those of *runtime* that are more than libraries which wheels link to."""


@functools.cache
def _table() -> Mapping[str, Any]:
    path = Path(__file__).with_name("system_packages.toml")
    return tomllib.loads(path.read_text("utf-8"))


@functools.cache
def _by_name() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Return the rows by distribution."""
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for row in _table()["packages"]:
        for name in (*row["for"], *row.get("through", ())):
            found[name] = (*found.get(name, ()), row)
    return found


def decide_system_packages(
    dependencies: Dependencies, settings: Settings, suite: str, explained: Explained
) -> SystemPackages:
    """Return the packages of *suite* that the distributions need, and tell what is large."""
    runtime: dict[str, None] = {}
    build: dict[str, None] = {}
    programs: dict[str, None] = {}
    uses: dict[int, list[tuple[str, Mapping[str, Any], tuple[Evidence, ...]]]] = {}
    for name, row, evidence in _rows(dependencies):
        uses.setdefault(id(row), []).append((name, row, evidence))
        needed = [_in_suite(each, suite) for each in row.get("runtime", ())]
        runtime |= dict.fromkeys(needed)
        build |= dict.fromkeys(_in_suite(each, suite) for each in row.get("build", ()))
        if row.get("program"):
            programs |= dict.fromkeys(needed)
        if needed:
            _explain(name, needed, row, evidence, explained)
        if row.get("build"):
            explained.add(
                "build-packages",
                ", ".join(row["build"]),
                f"`{name}` has no wheel, and is compiled in a stage that is left behind",
                *evidence,
                practice="build-tools-at-runtime",
            )
    _tell_of_twins(uses, suite, explained)
    for fact in dependencies.debian:
        package = _in_suite(present_name(fact.value), suite)
        if package in _BUILDERS:
            build[package] = None
        elif package:
            runtime[package] = programs[package] = None
            says = f"`{fact.evidence.path}` names it"
            explained.add("system-packages", package, says, fact.evidence)
    if settings.debian.packages:
        # Whether they are libraries or programs is not known.
        asked = dict.fromkeys(settings.debian.packages)
        runtime |= asked
        programs |= asked
    return SystemPackages(
        runtime=tuple(sorted(runtime)), build=tuple(sorted(build)), programs=tuple(sorted(programs))
    )


def present_name(package: str) -> str:
    """
    Return what *package* is called in trixie; empty for what no service of Python needs.

    >>> present_name("libgl1-mesa-glx"), present_name("ffmpeg"), present_name("python3-opencv")
    ('libgl1', 'ffmpeg', '')
    """
    if package.startswith(("python3", "python-")):
        # Its Python is another one.
        return ""
    newer = {old: new for new, old in _table()["renamed"].items()}
    found: str = _table()["former"].get(package) or newer.get(package, package)
    return found


def _rows(
    dependencies: Dependencies,
) -> Iterator[tuple[str, Mapping[str, Any], tuple[Evidence, ...]]]:
    """Yield the rows for what is installed, each with the distribution that it is for."""
    table = _by_name()
    seen: set[str] = set()
    for dependency in dependencies.direct:
        seen.add(dependency.name)
        for row in table.get(dependency.name, ()):
            is_through = dependency.name not in row["for"]
            if is_through and dependencies.locked:
                continue
            if _has_extra(row, dependency.extras) and not _has_twin(row, dependencies):
                yield dependency.name, row, (dependency.evidence,)
    for name in sorted(dependencies.locked & table.keys() - seen):
        for row in table[name]:
            if (
                name in row["for"]
                and (row.get("indirect") or not row.get("program"))
                and "extra" not in row
                and not _has_twin(row, dependencies)
            ):
                yield name, row, (Evidence(dependencies.path),)


def _has_twin(row: Mapping[str, Any], dependencies: Dependencies) -> bool:
    return any(dependencies.has(name) for name in row.get("unless", ()))


def _has_extra(row: Mapping[str, Any], extras: tuple[str, ...]) -> bool:
    wanted: list[str] = row.get("extra", [])
    without = {name[1:] for name in wanted if name.startswith("!")}
    named = {name for name in wanted if not name.startswith("!")}
    return without.isdisjoint(extras) and (not named or not named.isdisjoint(extras))


def _explain(
    name: str,
    needed: list[str],
    row: Mapping[str, Any],
    evidence: tuple[Evidence, ...],
    explained: Explained,
) -> None:
    size = row.get("mb", 0)
    adds = f", which adds {size} MB" if size else ""
    what = "runs or loads" if row.get("program") else "links to"
    explained.add("system-packages", ", ".join(needed), f"`{name}` {what} it{adds}", *evidence)


def _tell_of_twins(
    found: Mapping[int, list[tuple[str, Mapping[str, Any], tuple[Evidence, ...]]]],
    suite: str,
    explained: Explained,
) -> None:
    """Tell once of each row for which there is something smaller."""
    for uses in found.values():
        row = uses[0][1]
        needed = ", ".join(f"`{_in_suite(each, suite)}`" for each in row.get("runtime", ()))
        if not row.get("instead") or not needed:
            continue
        names = " and ".join(f"`{name}`" for name, _, _ in uses)
        size = row.get("mb", 0)
        explained.notice(
            f"{names} need{'s' if len(uses) == 1 else ''} {needed}"
            + (f", {size} MB of a Dockerfile's image" if size > 5 else ""),
            f"take {row['instead']}",
            *(place for _, _, evidence in uses for place in evidence),
        )


def _in_suite(package: str, suite: str) -> str:
    if suite != "bookworm":
        return package
    found: str = _table()["renamed"].get(package, package)
    return found
