"""
Whether a version is affected: the evaluation algorithm of the OSV schema.

https://ossf.github.io/osv-schema/#evaluation; its pseudocode stands in the comments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from boxwright.scan.advisories.record import Affected, Event, Range
from boxwright.scan.versions.ordering import SEMVER, Ordering, ordering_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an entry of a record says of one version."""

    affected: bool
    evidence: str = ""
    """Why it is affected: ``2.31.0 is in [0, 2.32.0)``."""
    fixed: tuple[str, ...] = ()
    """Versions above it that mend it, the lowest first."""
    undecided: str = ""
    """Why a part of the entry could not be looked at, in a clause; empty if all was."""


def evaluate(affected: Affected, version: str, ordering: Ordering | None) -> Verdict:
    """
    Return whether *affected* has *version*, a version as advisories name them.

    *ordering* is that of its ecosystem, None where nobody knows it: then its `ECOSYSTEM`
    ranges stay undecided, and only listed versions and `SEMVER` ranges tell.
    """
    undecided = ""
    # if IncludedInVersions(v, affected.versions) || IncludedInRanges(v, affected.ranges)
    evidence = ""
    if _included_in_versions(version, affected, ordering):
        evidence = f"{version} is listed"
    fixed: dict[str, Any] = {}
    ranged = False
    for each in affected.ranges or ():
        if each.type == "GIT":
            # Only the repository could tell; the other ranges and the list still count.
            continue
        order = SEMVER if each.type == "SEMVER" else ordering
        if order is None or each.type not in ("SEMVER", "ECOSYSTEM"):
            undecided = (
                f"ranges of the type `{each.type}` cannot be compared"
                if order
                else "how its versions are ordered is not known"
            )
            continue
        ranged = True
        key = order.key(version)
        inside = _included_in_range(key, each, order)
        if inside:
            evidence = f"{version} is in {inside}"
        for event in each.events or ():
            if event.fixed and (at := order.key(event.fixed)) > key:
                fixed.setdefault(event.fixed, at)
    if not ranged and not affected.versions and not undecided:
        undecided = "it names no versions, only commits" if affected.ranges else "it names none"
    return Verdict(
        affected=bool(evidence),
        evidence=evidence,
        fixed=_in_order(fixed),
        undecided=undecided if not evidence else "",
    )


def normalised(affected: Affected, ecosystem: str) -> Affected:
    """Return *affected* with its versions spelled as `evaluate` looks for them."""
    ordering = ordering_of(ecosystem)
    if ordering is None or ordering.normal is str or not affected.versions:
        return affected
    versions = tuple(dict.fromkeys(map(ordering.normal, affected.versions)))
    return msgspec.structs.replace(affected, versions=versions)


def _included_in_versions(version: str, affected: Affected, ordering: Ordering | None) -> bool:
    # for version in versions: if v == version return true
    listed = affected.versions or ()
    return version in listed or (ordering is not None and ordering.normal(version) in listed)


def _included_in_range(version: Any, each: Range, ordering: Ordering) -> str:  # noqa: ANN401 (a key)
    """Return the interval of *each* that the *version* of that key is in; empty for none."""
    events = each.events or ()
    # if BeforeLimits(v, range)
    if not _before_limits(version, events, ordering):
        return ""
    vulnerable = False
    start = end = ""
    # for evt in sorted(range.events); those of one version keep their order
    for event in _sorted(events, ordering):
        if event.introduced is not None:
            # if evt.introduced is present && v >= evt.introduced: vulnerable = true
            if event.introduced == "0" or version >= ordering.key(event.introduced):
                if not vulnerable:
                    start = event.introduced
                vulnerable, end = True, ""
        elif event.fixed is not None:
            # else if evt.fixed is present && v >= evt.fixed: vulnerable = false
            if version >= ordering.key(event.fixed):
                vulnerable = False
            elif vulnerable:
                end = end or f"{event.fixed})"
        elif event.last_affected is not None:
            # else if evt.last_affected is present && v > evt.last_affected: vulnerable = false
            if version > ordering.key(event.last_affected):
                vulnerable = False
            elif vulnerable:
                end = end or f"{event.last_affected}]"
    # "if vulnerable", the range includes it
    return f"[{start}, {end or '…)'}" if vulnerable else ""


def _before_limits(version: Any, events: tuple[Event, ...], ordering: Ordering) -> bool:  # noqa: ANN401 (a key)
    limits = [event.limit for event in events if event.limit is not None]
    # if no limit events in range.events: an implicit "*" entry is assumed
    if not limits:
        return True
    # for evt in range.events: if evt.limit is present and v < evt.limit: return true
    return any("*" in limit or version < ordering.key(limit) for limit in limits)


def _sorted(events: tuple[Event, ...], ordering: Ordering) -> Iterable[Event]:
    if len(events) <= 2 and events and events[0].introduced == "0":
        # As nearly all are.
        return events
    return sorted(events, key=lambda event: _place(event, ordering))


def _place(event: Event, ordering: Ordering) -> tuple[bool, Any]:
    # "0" sorts before any other version, and only as `introduced`.
    if event.introduced == "0":
        return False, ()
    return True, _Sortable(ordering.key(event.version))


@dataclass(frozen=True, slots=True)
class _Sortable:
    """A key of any shape, compared only with its like."""

    key: Any

    def __lt__(self, other: _Sortable) -> bool:
        return bool(self.key < other.key)


def _in_order(fixed: dict[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(sorted(fixed, key=fixed.__getitem__))
    except TypeError:
        # Of ranges of both kinds, whose keys do not compare.
        return tuple(fixed)
