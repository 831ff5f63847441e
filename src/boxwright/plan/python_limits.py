"""Which Pythons the pinned versions of the usual distributions have wheels for."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies
from boxwright.syntax.requirements import normalised

_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([\w.!+-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A pinned distribution that a Python has no wheel of."""

    name: str
    specifier: str
    evidence: Evidence

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


@functools.cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("python_limits.toml").read_text("utf-8")
    return {name: row for name, row in tomllib.loads(text).items() if isinstance(row, dict)}


def find_limits(dependencies: Dependencies, minors: Iterable[str]) -> Mapping[str, Sequence[Limit]]:
    """Return what speaks against each of the Pythons *minors*: `3.13`."""
    pins = list(_pins(dependencies))
    return {
        minor: tuple(pin for pin in pins if not _has_wheel(pin, minor, _table()[pin.name]))
        for minor in minors
    }


def _pins(dependencies: Dependencies) -> Iterator[Limit]:
    """Yield the versions that are asked for, and those that a lock has; of forks the newest."""
    locked: dict[str, str] = {}
    for name, version in (*dependencies.versions, *_lines(dependencies)):
        if name not in locked or _key(locked[name]) < _key(version):
            locked[name] = version
    for name, version in locked.items():
        if name in _table():
            evidence = Evidence(dependencies.path)
            yield Limit(name=name, specifier=f"=={version}", evidence=evidence)
    for item in dependencies.direct:
        if item.specifier and item.name in _table() and item.name not in locked:
            yield Limit(name=item.name, specifier=item.specifier, evidence=item.evidence)


def _lines(dependencies: Dependencies) -> Iterator[tuple[str, str]]:
    for line in dependencies.requirements:
        wanted, _, marker = line.partition(";")
        found = _PINNED.fullmatch(wanted.strip())
        if found is not None and "python" not in marker:
            yield normalised(found[1]), found[2]


def _has_wheel(pin: Limit, minor: str, first: Mapping[str, str]) -> bool:
    """
    Tell whether a version that *pin* admits has wheels for the Python *minor*.

    *first* has the first version with wheels by the Python; none of it means none yet.
    """
    if all(_key(minor) < _key(each) for each in first):
        # What is older than all that the table looks at is not known of.
        return True
    if minor not in first:
        return False
    least = _key(first[minor])
    return all(_reaches(clause.strip(), least) for clause in pin.specifier.split(","))


def _reaches(clause: str, least: tuple[int, ...]) -> bool:
    """Tell whether versions that *clause* admits go up to *least*."""
    found = re.fullmatch(r"(===?|~=|<=?)\s*v?([\w.!+-]+?)(\.\*)?", clause)
    if found is None:
        return True
    operator, version = found[1], _key(found[2])
    prefix = version if found[3] else version[:-1] if operator == "~=" else ()
    if prefix:
        return prefix >= _filled(least, prefix)[: len(prefix)]
    have, wanted = _filled(version, least), _filled(least, version)
    return have > wanted if operator == "<" else have >= wanted


def _filled(parts: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return parts + (0,) * (len(other) - len(parts))


def _key(version: str) -> tuple[int, ...]:
    """
    Return the release in *version* to compare by.

    >>> _key("1.21.2+cu118"), _key("2.0.0rc1"), _key("1!1.2.post1")
    ((1, 21, 2), (2, 0, 0), (1, 2))
    """
    release = re.match(r"(?:\d+!)?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in release[1].split(".")) if release else ()
