"""The shortest way to be rid of a vulnerability: one line of a lock, or a newer base."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from boxwright.scan.advisories.ecosystem import base_of, normal_name
from boxwright.scan.packages.package import Distribution
from boxwright.scan.vulnerability import Match

_DISTRIBUTION_TYPES = ("deb", "apk", "rpm")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLock:
    """What decides the versions of a project's packages."""

    kind: str
    """As project facts have it: `uv.lock`, `pylock.toml`, `poetry.lock`, `requirements`, …"""
    path: str
    """The file: `requirements/prod.txt`."""
    locked: Mapping[str, str] = field(default_factory=dict)
    """Names (PEP 503) in it, with their versions where they are known; empty where none are."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Names of direct requirements, with the versions that they allow: `>=2.31,<2.32`."""


def with_advice(
    matches: Sequence[Match],
    *,
    distribution: Distribution | None = None,
    lock: ProjectLock | None = None,
    in_base: frozenset[int] = frozenset(),
) -> tuple[Match, ...]:
    """
    Return *matches*, each with the shortest way to be rid of it.

    *lock* is that of the project that the image is of, None for anybody's image; *in_base*
    has the layers of the base image, where they are known.
    """
    highest = _needed(matches)
    return tuple(
        replace(
            match,
            advice=_advice(match, highest.get(_place(match), ""), distribution, lock, in_base),
        )
        for match in matches
    )


def _place(match: Match) -> tuple[str, str, str, str]:
    package = match.package
    return package.type, package.name, package.version, package.path


def _needed(matches: Sequence[Match]) -> dict[tuple[str, str, str, str], str]:
    """Return the version of each package that mends all that it has and that can be mended."""
    from boxwright.scan.versions.ordering import ordering_of_type

    needed: dict[tuple[str, str, str, str], str] = {}
    for match in matches:
        if match.state != "affected" or not match.fixed:
            continue
        key = ordering_of_type(match.package.type).key
        place = _place(match)
        needed[place] = max(needed.get(place, match.fixed[0]), match.fixed[0], key=key)
    return needed


def _advice(
    match: Match,
    all_mended: str,
    distribution: Distribution | None,
    lock: ProjectLock | None,
    in_base: frozenset[int],
) -> str:
    package = match.package
    if not match.fixed:
        where = f"in {_release(distribution, match)}" if _is_distribution(match) else "yet"
        return f"there is no version that mends it {where}"
    if _is_distribution(match):
        return (
            f"rebuild on a newer base: {_release(distribution, match)} has"
            f" `{package.source or package.name}` {match.fixed[0]}"
        )
    if package.vendored_in:
        return (
            f"update `{package.vendored_in}`, which has its own copy of `{package.name}`:"
            f" {match.fixed[0]} mends it"
        )
    if package.type == "generic":
        return f"take an image with Python {_nearest(match)}, or build it with that version"
    if package.type == "conda":
        name = shlex.quote(f"{package.name}>={match.fixed[0]}")
        return f"set `{package.name}` to {match.fixed[0]} or later: `conda install {name}`"
    if package.type != "pypi":
        return f"update `{package.name}` to {match.fixed[0]} or later"
    return _of_python(match, all_mended, lock, in_base)


def _is_distribution(match: Match) -> bool:
    return match.package.type in _DISTRIBUTION_TYPES


def _release(distribution: Distribution | None, match: Match) -> str:
    if distribution is None:
        return match.ecosystem.replace(":", " ") or "the distribution"
    name = base_of(match.ecosystem) or distribution.id.capitalize()
    return f"{name} {distribution.version_id or distribution.codename}".strip()


def _nearest(match: Match) -> str:
    """Return the version that mends it in the same series, else the lowest."""
    series = match.package.version.split(".")[:2]
    same = [version for version in match.fixed if version.split(".")[:2] == series]
    return (same or list(match.fixed))[0]


def _of_python(
    match: Match, all_mended: str, lock: ProjectLock | None, in_base: frozenset[int]
) -> str:
    name = normal_name("PyPI", match.package.name)
    if lock is not None and lock.locked and name not in lock.locked:
        lock = None
    if lock is None:
        if match.layer is not None and match.layer in in_base:
            return f"take a newer base image: it brings `{name}`, and {match.fixed[0]} mends it"
        return (
            f"install `{name}` {match.fixed[0]} or later: `pip install '{name}>={match.fixed[0]}'`"
        )
    allowed = lock.asked.get(name, "")
    taken = _lowest_allowed(match.fixed, allowed)
    if not taken:
        return (
            f"allow `{name}` {match.fixed[0]}: `{name}{allowed}` keeps it away; then"
            f" {_order(lock, name, match.fixed[0])}"
        )
    also = ""
    if all_mended and all_mended != taken and _lowest_allowed((all_mended,), allowed):
        also = f" ({all_mended} mends all that is known of it)"
    return f"set `{name}` to {taken} in `{lock.path}`{also}: {_order(lock, name, taken)}"


def _lowest_allowed(fixed: Sequence[str], allowed: str) -> str:
    """Return the first of *fixed* that *allowed* lets in, as a minimum: newer ones may follow."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifiers = SpecifierSet(allowed)
    except InvalidSpecifier:
        return fixed[0]
    for version in fixed:
        try:
            if specifiers.contains(version, prereleases=True):
                return version
        except ValueError:
            # A version from before PEP 440: no specifier can tell.
            continue
    return ""


def _order(lock: ProjectLock, name: str, version: str) -> str:
    """Return the command, or the edit, that takes *version* into *lock*."""
    quoted = shlex.quote(f"{name}=={version}")
    minimum = shlex.quote(f"{name}>={version}")
    path = shlex.quote(lock.path)
    match lock.kind:
        case "uv.lock":
            return f"`uv lock --upgrade-package {quoted}`"
        case "poetry.lock":
            return f"`poetry update {name}`"
        case "pdm.lock":
            return f"`pdm update --update-reuse {name}`"
        case "Pipfile.lock":
            return f"`pipenv upgrade {quoted}`"
        case "pylock.toml":
            return (
                f"`uv pip compile pyproject.toml --upgrade-package {quoted} -o {path}`,"
                " or lock it again with the tool that wrote it"
            )
        case "requirements":
            if lock.locked.get(name):
                return f"write `{name}=={version}`, with its hashes if the file has any"
            return f"write `{name}>={version}`"
        case "pyproject" | "setup.cfg" | "setup.py" | "Pipfile":
            return f"write {minimum} among the requirements"
        case _:
            return f"ask for {minimum}, and lock again"
