"""
Lock files of other tools in one form, and which of their packages an image needs.

A package comes with a marker that only tells what images can differ in: the minor version
of CPython and the machine. The rest (Linux, CPython) is settled here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from boxwright.errors import ProjectError
from boxwright.project.detectors.wanted import Wanted
from boxwright.project.evidence import Evidence
from boxwright.text.record import NamedTuple

MAIN = "main"
"""The group of what a project needs in any case."""
_PYTHONS = tuple(f"3.{minor}" for minor in range(10, 17))
_MACHINES = ("x86_64", "aarch64")
_EVERYWHERE = (1 << len(_PYTHONS) * len(_MACHINES)) - 1
"""A bit for each environment that an image can be."""
_ROUNDS = 20


class Need(NamedTuple):
    """A dependency of a locked package."""

    wanted: Wanted
    is_optional: bool = False
    """Whether only an extra of the package brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """A distribution in a lock."""

    name: str
    """Normalised (PEP 503); empty where only a place is given."""
    version: str
    evidence: Evidence
    place: str = ""
    """A URL or a path of the project, where it comes from no index."""
    digests: frozenset[str] = frozenset()
    """The sha256 of its files, in hexadecimal."""
    groups: Mapping[str, str] | None = None
    """Group → marker; None where the lock does not say who needs it."""
    needs: tuple[Need, ...] = ()
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Extra → the names that it brings, of needs that have no marker for it."""

    def line(self, marker: str) -> str:
        """Return the requirement for exactly this."""
        what = f"{self.name}=={self.version}"
        if self.place:
            what = f"{self.name} @ {self.place}" if self.name else self.place
        return f"{what} ; {marker}" if marker else what


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A lock file."""

    path: str
    packages: tuple[LockedPackage, ...]
    indexes: tuple[str, ...] = ()
    """URLs of the indexes that it names beside the usual one."""
    content_hash: str = ""
    """Of what it was made from, in hexadecimal."""
    python: str = ""
    """The Pythons that it was made for: nothing else need be in it."""

    @property
    def names(self) -> frozenset[str]:
        """All names in it, those for development included."""
        return frozenset(package.name for package in self.packages if package.name)

    @property
    def digests(self) -> Mapping[str, frozenset[str]]:
        """Name → the sha256 of the files that may be taken, for packages that have any."""
        found: dict[str, frozenset[str]] = {}
        for package in self.packages:
            if package.digests:
                found[package.name] = found.get(package.name, frozenset()) | package.digests
        return found

    @property
    def is_hashed(self) -> bool:
        """Whether every package of an index has digests."""
        return all(package.digests or package.place for package in self.packages)


class Choice(NamedTuple):
    """A package of a lock that an image needs."""

    package: LockedPackage
    marker: str


def choose(
    locked: Locked, roots: Sequence[Wanted], groups: Iterable[str], extras: Iterable[str]
) -> tuple[Choice, ...]:
    """
    Return what is needed in *groups* with *extras*, or by *roots* where the lock has no groups.

    Raises ProjectError where the lock lacks something.
    """
    allowed = _admitted(locked.python)
    if all(package.groups is not None for package in locked.packages):
        masks = [mask & allowed for mask in _marked(locked, frozenset(groups), tuple(extras))]
    else:
        masks = _closure(locked, roots, allowed)
    return tuple(
        Choice(package, _marker(_widened(mask, allowed)))
        for package, mask in zip(locked.packages, masks, strict=True)
        # The project itself is installed where it is a package, whatever its lock says.
        if mask and package.place != "."
    )


def _admitted(python: str) -> int:
    """Return the environments whose Python is among those of the specifier *python*."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifier = SpecifierSet(python)
    except InvalidSpecifier:
        return _EVERYWHERE
    mask = 0
    for number, version in enumerate(_PYTHONS):
        # The first and the last patch level: a bound may lie between them.
        if any(specifier.contains(f"{version}.{patch}") for patch in (0, 99)):
            mask |= sum(1 << number + len(_PYTHONS) * at for at in range(len(_MACHINES)))
    return mask or _EVERYWHERE


def _widened(mask: int, allowed: int) -> int:
    """Return *mask* with Pythons beyond the *allowed* ones as the nearest of those is."""
    size = len(_PYTHONS)
    admitted = [number for number in range(size) if allowed >> number & 1]
    result = 0
    for at in range(len(_MACHINES)):
        for number in range(size):
            nearest = min(max(number, admitted[0]), admitted[-1])
            result |= (mask >> size * at + nearest & 1) << size * at + number
    return result


def _marked(locked: Locked, groups: frozenset[str], extras: tuple[str, ...]) -> list[int]:
    return [
        functools.reduce(
            lambda mask, found: mask | found,
            (
                _mask(marker, extras, package.evidence)
                for group, marker in (package.groups or {}).items()
                if group in groups
            ),
            0,
        )
        for package in locked.packages
    ]


def _closure(locked: Locked, roots: Sequence[Wanted], allowed: int) -> list[int]:
    """Follow what needs what, in each environment by itself: markers and versions differ."""
    by_name: dict[str, list[int]] = {}
    for number, package in enumerate(locked.packages):
        by_name.setdefault(package.name, []).append(number)
    masks = [0] * len(locked.packages)
    for bit in (1 << number for number in range(_EVERYWHERE.bit_length())):
        if bit & allowed:
            for number in _chosen_in(bit, locked, by_name, roots):
                masks[number] |= bit
    return masks


def _chosen_in(
    bit: int, locked: Locked, by_name: Mapping[str, list[int]], roots: Sequence[Wanted]
) -> set[int]:
    """Return the numbers of the packages that one environment needs."""
    asked: dict[str, set[Wanted]] = {}
    chosen: dict[str, int] = {}
    for _ in range(_ROUNDS):
        chosen = {}
        found: dict[str, set[Wanted]] = {}
        extras: dict[str, set[str]] = {}
        waiting = [
            (root, root.name) for root in roots if _mask(root.marker, (), root.evidence) & bit
        ]
        while waiting:
            wanted, by = waiting.pop()
            known = wanted.name in chosen
            if (
                known
                and wanted in found[wanted.name]
                and extras[wanted.name].issuperset(wanted.extras)
            ):
                continue
            found.setdefault(wanted.name, set()).add(wanted)
            candidates = by_name.get(wanted.name)
            if candidates is None:
                raise _lacking(wanted, locked, by)
            number = _best(candidates, locked, {*asked.get(wanted.name, ()), *found[wanted.name]})
            before = extras.setdefault(wanted.name, set())
            is_same = chosen.get(wanted.name) == number and before.issuperset(wanted.extras)
            before.update(wanted.extras)
            chosen[wanted.name] = number
            if is_same:
                continue
            package = locked.packages[number]
            waiting += (
                (need.wanted, package.name)
                for need in package.needs
                if _is_needed(need, package, before, bit)
            )
        if found == asked:
            break
        asked = found
    return set(chosen.values())


def _is_needed(need: Need, package: LockedPackage, extras: Iterable[str], bit: int) -> bool:
    marker = need.wanted.marker
    given = tuple(sorted(extras))
    if need.is_optional and "extra" not in marker:
        brought = {name for extra in given for name in package.extras.get(extra, ())}
        if need.wanted.name not in brought:
            return False
    return bool(_mask(marker, given, need.wanted.evidence) & bit)


def _best(candidates: Sequence[int], locked: Locked, asked: Iterable[Wanted]) -> int:
    """Return the candidate that most of what is *asked* admits, the newest of equals."""
    if len(candidates) == 1:
        return candidates[0]
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    specifiers = [SpecifierSet(one.specifier) for one in asked]

    def rank(number: int) -> tuple[int, Version]:
        try:
            version = Version(locked.packages[number].version)
        except InvalidVersion:
            return 0, Version("0")
        return sum(each.contains(version, prereleases=True) for each in specifiers), version

    return max(candidates, key=rank)


def _lacking(wanted: Wanted, locked: Locked, by: str) -> ProjectError:
    who = f", which `{by}` needs," if by != wanted.name else ""
    return ProjectError(
        f"{wanted.evidence}: `{wanted.name}`{who} is not in `{locked.path}`",
        hint="lock again with the tool that wrote the lock",
    )


def _mask(marker: str, extras: tuple[str, ...], evidence: Evidence) -> int:
    """Return the environments in which *marker* holds, with any of *extras*."""
    if not marker:
        return _EVERYWHERE
    try:
        return _evaluated(marker, extras)
    except ValueError:
        raise ProjectError(
            f"{evidence}: `{marker}` is no environment marker",
            hint="see PEP 508; lock again with the tool that wrote the lock",
        ) from None


@functools.lru_cache(maxsize=4096)
def _evaluated(marker: str, extras: tuple[str, ...]) -> int:
    from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

    parsed = Marker(marker)
    mask = 0
    for number, environment in enumerate(_environments()):
        for extra in ("", *extras):
            try:
                holds = parsed.evaluate({**environment, "extra": extra})
            except (UndefinedComparison, UndefinedEnvironmentName) as error:
                raise ValueError(marker) from error
            if holds:
                mask |= 1 << number
                break
    return mask


def _environments() -> Iterator[dict[str, str]]:
    for machine in _MACHINES:
        for python in _PYTHONS:
            yield {
                "implementation_name": "cpython",
                "implementation_version": f"{python}.0",
                "os_name": "posix",
                "platform_machine": machine,
                "platform_python_implementation": "CPython",
                "platform_release": "",
                "platform_system": "Linux",
                "platform_version": "",
                "python_full_version": f"{python}.0",
                "python_version": python,
                "sys_platform": "linux",
            }


def holds_somewhere(marker: str) -> bool:
    """Tell whether *marker* holds in any image; True where it cannot be read."""
    try:
        return not marker or _evaluated(marker, ()) != 0
    except ValueError:
        return True


def _marker(mask: int) -> str:
    """
    Return the marker of the environments in *mask*.

    >>> _marker(_EVERYWHERE), _marker(_evaluated('python_version < "3.12"', ()))
    ('', 'python_version < "3.12"')
    >>> _marker(_evaluated('platform_machine == "x86_64" and python_version >= "3.13"', ()))
    'python_version >= "3.13" and platform_machine == "x86_64"'
    """
    size = len(_PYTHONS)
    parts = [mask >> size * number & (1 << size) - 1 for number in range(len(_MACHINES))]
    if len(set(parts)) == 1:
        return _versions(parts[0])
    clauses = []
    for machine, part in zip(_MACHINES, parts, strict=True):
        if part:
            versions = _versions(part)
            versions = f"({versions})" if " or " in versions else versions
            both = (versions, f'platform_machine == "{machine}"')
            clauses.append(" and ".join(filter(None, both)))
    return clauses[0] if len(clauses) == 1 else " or ".join(f"({each})" for each in clauses)


def _versions(mask: int) -> str:
    """Return the marker of the Pythons in *mask*, as ranges."""
    clauses = []
    number = 0
    while number < len(_PYTHONS):
        if not mask >> number & 1:
            number += 1
            continue
        end = number
        while end < len(_PYTHONS) and mask >> end & 1:
            end += 1
        if end - number == 1 and number > 0 and end < len(_PYTHONS):
            clauses.append(f'python_version == "{_PYTHONS[number]}"')
        else:
            low = f'python_version >= "{_PYTHONS[number]}"' if number else ""
            high = f'python_version < "{_PYTHONS[end]}"' if end < len(_PYTHONS) else ""
            clauses.append(" and ".join(filter(None, (low, high))))
        number = end
    return " or ".join(f"({each})" if len(clauses) > 1 else each for each in clauses)
