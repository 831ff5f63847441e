"""Which known vulnerabilities an image has, what of them counts, and what mends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from boxwright.scan.advice import ProjectLock, with_advice
from boxwright.scan.advisories.ecosystem import normal_name
from boxwright.scan.advisories.source import Advisories
from boxwright.scan.exceptions import Ignore, apply_ignores
from boxwright.scan.match import STALE_AFTER, Matches, find_matches
from boxwright.scan.versions.ordering import PYPI
from boxwright.scan.vex import Statement, Subject, apply_vex
from boxwright.scan.vulnerability import SEVERITIES, Match

if TYPE_CHECKING:
    from datetime import timedelta

    from boxwright.scan.contents import Contents

_BELOW = {"critical": 1, "high": 2, "medium": 3, "low": 4, "any": len(SEVERITIES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of matches, and by whom."""

    ignores: tuple[Ignore, ...] = ()
    statements: tuple[Statement, ...] = ()
    lock: ProjectLock | None = None
    """That of the project that the image is of; None where there is none."""


def look_up(
    contents: Contents,
    advisories: Advisories,
    *,
    now: datetime,
    stale_after: timedelta = STALE_AFTER,
) -> Matches:
    """Return what *advisories* know of the packages of an image."""
    return find_matches(
        contents.inventory,
        advisories,
        now=now,
        layer_of=contents.layer_of,
        of_distribution=lambda package: contents.provider(package) is not None,
        stale_after=stale_after,
    )


def judge(found: Matches, contents: Contents, judgement: Judgement, *, now: datetime) -> Matches:
    """
    Return *found* with the states that VEX statements and entries give, and with advice.

    What did not apply, and why, is among the notices.
    """
    inspected = contents.inspected
    subject = Subject(
        name=inspected.name,
        digests=(inspected.image.digest, inspected.image.config.descriptor.digest),
    )
    told = apply_vex(found.matches, judgement.statements, subject)
    notices = [
        f"the statement {outcome.statement.source} applies to nothing: {outcome.reason}"
        for outcome in told.outcomes
        if not outcome.applied and outcome.reason
    ]
    applied = apply_ignores(told.matches, judgement.ignores, now.date())
    advised = _advised(applied.matches, contents, judgement.lock)
    return replace(found, matches=advised, notices=(*found.notices, *notices, *applied.notices))


def _advised(
    matches: Sequence[Match], contents: Contents, lock: ProjectLock | None
) -> tuple[Match, ...]:
    """Return *matches* with advice; what *lock* has another version of, it did not bring in."""
    if lock is None:
        return with_advice(matches, distribution=contents.inventory.distribution)
    versions: dict[str, set[str]] = {}
    for package in contents.inventory.packages:
        if package.type == "pypi" and not package.vendored_in:
            name = normal_name("PyPI", package.name)
            versions.setdefault(name, set()).add(PYPI.normal(PYPI.public(package.version)))
    others = {
        name: version
        for name, version in lock.locked.items()
        if version and PYPI.normal(PYPI.public(version)) not in versions.get(name, ())
    }
    ours = {name: version for name, version in lock.locked.items() if name not in others}
    advised = with_advice(
        matches,
        distribution=contents.inventory.distribution,
        # A lock without any name would be one of which no names are known.
        lock=replace(lock, locked=ours) if ours else None,
    )
    return tuple(
        replace(match, advice=_rebuild(match, lock, others) or match.advice) for match in advised
    )


def _rebuild(match: Match, lock: ProjectLock, others: Mapping[str, str]) -> str:
    """Return the advice to build again, where *lock* has a version by now that mends *match*."""
    package = match.package
    if package.type != "pypi" or package.vendored_in or not match.fixed:
        return ""
    name = normal_name("PyPI", package.name)
    version = others.get(name, "")
    if not version or PYPI.key(version) < PYPI.key(match.fixed[0]):
        return ""
    return f"build the image again: `{lock.path}` has `{name}` {version} already"


def counted(matches: Sequence[Match], *, fail_on: str, only_fixed: bool) -> tuple[Match, ...]:
    """
    Return those of *matches* that are as bad as *fail_on* and that nobody has said to leave out.

    *fail_on* is a severity, `any`, or `none`.
    """
    bad = SEVERITIES[: _BELOW.get(fail_on, 0)]
    return tuple(
        match
        for match in matches
        if match.state in ("affected", "under_investigation")
        and match.advisory.severity in bad
        and (match.fixed or not only_fixed)
    )
