"""
Packages of an image and advisories → matches, and what could not be checked.

Records of one vulnerability by different databases (GHSA, PYSEC, CVE) are one match of a
package. What no database could tell of is a value beside the matches: no matches mean
nothing where `unchecked` has the ecosystem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from boxwright.scan.advisories.dates import days_since
from boxwright.scan.advisories.ecosystem import Target, targets_of
from boxwright.scan.advisories.evaluate import Verdict, evaluate
from boxwright.scan.advisories.record import Record
from boxwright.scan.advisories.severity import severity_of
from boxwright.scan.advisories.source import Advisories, Row
from boxwright.scan.packages.package import Inventory, Package
from boxwright.scan.versions.ordering import Ordering, ordering_of
from boxwright.scan.vulnerability import SEVERITIES, Advisory, Match

STALE_AFTER = timedelta(days=7)

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_OWN_CVE = re.compile(r"(?:ALPINE|DEBIAN|UBUNTU)-(CVE-[0-9]{4}-[0-9]{4,})")
_ID_ORDER = ("CVE-", "GHSA-", "PYSEC-")
_NO_THREAT = "unimportant"
_END_OF_LIFE = "end-of-life"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """Packages of which nobody looked up the vulnerabilities."""

    what: str
    """The ecosystem, `Debian:12`, or where there is none the type of the packages."""
    packages: int
    reason: str
    """In a clause."""
    mendable: bool = False
    """Whether advisories could be had: an update or an import would mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A record that names a package, and that could not be evaluated."""

    package: Package
    record: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What a scan for vulnerabilities found."""

    matches: tuple[Match, ...] = ()
    """The most severe first."""
    checked: int = 0
    """Packages that were looked up."""
    unchecked: tuple[Unchecked, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    through_distribution: int = 0
    """Packages of Python that were looked up as the distribution's packages they belong to."""
    databases: tuple[tuple[str, str], ...] = ()
    """Ecosystems, each with the date of its advisories (RFC 3339)."""
    notices: tuple[str, ...] = ()
    """What the reader should know, in clauses."""

    @property
    def is_complete(self) -> bool:
        """Whether all that could be checked was."""
        return not any(each.mendable for each in self.unchecked)


def find_matches(
    inventory: Inventory,
    advisories: Advisories,
    *,
    now: datetime,
    layer_of: Callable[[Package], int | None] = lambda _: None,
    of_distribution: Callable[[Package], bool] = lambda _: False,
    stale_after: timedelta = STALE_AFTER,
) -> Matches:
    """
    Return the vulnerabilities that *advisories* know of the packages of *inventory*.

    *layer_of* tells which layer brought a package in, and *of_distribution* whether a package
    of a language belongs to one of the distribution's, through which it is matched then.
    """
    targets = targets_of(inventory, of_distribution=of_distribution)
    asked, missing = _askable(targets.targets, advisories)
    found: dict[int, list[_Hit]] = {}
    undecided: dict[tuple[int, str], Undecided] = {}
    packages: dict[int, Package] = {}
    for target, row in advisories.rows(asked):
        ordering = ordering_of(target.base)
        version = ordering.public(target.version) if ordering else target.version
        verdict = evaluate(row.affected, version, ordering)
        place = id(target.package)
        packages[place] = target.package
        if verdict.affected:
            found.setdefault(place, []).append(_Hit(target, row, verdict))
        elif verdict.undecided:
            undecided[place, row.head.id] = Undecided(
                package=target.package, record=row.head.id, reason=verdict.undecided
            )
    matches = [
        match for place, hits in found.items() for match in _merged(hits, layer_of(packages[place]))
    ]
    dates = advisories.dates()
    untargeted = [
        Unchecked(what=each.what, packages=len(each.packages), reason=each.reason)
        for each in targets.untargeted
    ]
    settled = {(place, hit.row.head.id) for place, hits in found.items() for hit in hits}
    return Matches(
        matches=in_order(matches),
        checked=len({id(target.package) for target in asked}),
        unchecked=(*missing, *untargeted),
        undecided=tuple(each for key, each in undecided.items() if key not in settled),
        through_distribution=targets.through_distribution,
        databases=dates,
        notices=tuple(_stale(dates, now, stale_after)),
    )


def in_order(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Return *matches*, the most severe first, then by name."""
    return tuple(
        sorted(
            matches,
            key=lambda match: (
                SEVERITIES.index(match.advisory.severity),
                -(match.advisory.score or 0),
                match.advisory.id,
                match.package.name,
                match.package.path,
            ),
        )
    )


def _askable(
    targets: Sequence[Target], advisories: Advisories
) -> tuple[list[Target], list[Unchecked]]:
    asked: list[Target] = []
    reasons: dict[str, str] = {}
    lost: dict[tuple[str, str], set[int]] = {}
    for target in targets:
        if target.ecosystem not in reasons:
            reasons[target.ecosystem] = advisories.why_not(target.base, target.release)
        if reason := reasons[target.ecosystem]:
            lost.setdefault((_shown(target.ecosystem), reason), set()).add(id(target.package))
        else:
            asked.append(target)
    return asked, [
        Unchecked(what=ecosystem, packages=len(packages), reason=reason, mendable=True)
        for (ecosystem, reason), packages in sorted(lost.items())
    ]


def _shown(ecosystem: str) -> str:
    """Return *ecosystem* without the repository of a product."""
    return ecosystem.partition("::")[0]


def _stale(
    dates: Iterable[tuple[str, str]], now: datetime, stale_after: timedelta
) -> Iterable[str]:
    for ecosystem, date in dates:
        days = days_since(date, now)
        if days > stale_after.days:
            age = f"{days:.0f} days old" if days != float("inf") else "of an unknown age"
            yield f"the advisories of `{ecosystem}` are {age}: run `boxwright advisories update`"


@dataclass(frozen=True, slots=True)
class _Hit:
    """An entry that has a package's version."""

    target: Target
    row: Row
    verdict: Verdict

    @property
    def head(self) -> Record:
        return self.row.head


def _merged(hits: list[_Hit], layer: int | None) -> list[Match]:
    """Return one match for each vulnerability that the *hits* of a package are about."""
    groups: dict[int, tuple[set[str], list[_Hit]]] = {}
    group_of: dict[str, int] = {}
    for at, hit in enumerate(hits):
        if _is_collection(hit.head):
            continue
        # Aliases are symmetric and transitive: whatever shares a name is one vulnerability.
        names, joined = _names(hit.head), [hit]
        for other in sorted({group_of[name] for name in names if name in group_of}, reverse=True):
            other_names, others = groups.pop(other)
            names |= other_names
            joined = others + joined
        groups[at] = (names, joined)
        group_of.update(dict.fromkeys(names, at))
    for at, hit in enumerate(hits):
        if not _is_collection(hit.head):
            continue
        # A notice about several vulnerabilities says nothing that their own records do not,
        # where the database has these.
        about = _names(hit.head)
        own = {group_of[name] for name in about - {hit.head.id} if name in group_of}
        for group in own:
            groups[group][0].add(hit.head.id)
        if not own:
            groups[at] = (about, [hit])
    return [_match(names, group, layer) for names, group in groups.values()]


def _is_collection(head: Record) -> bool:
    """Return whether *head* is a notice about several vulnerabilities of others."""
    return len(_upstream_cves(head)) > 1


def _upstream_cves(head: Record) -> set[str]:
    return {cve for name in head.upstream or () for cve in _CVE.findall(name)}


def _names(head: Record) -> set[str]:
    names = {head.id, *(head.aliases or ())}
    # A distribution names the vulnerability that it tells of by `upstream`, or in its own id.
    names |= _upstream_cves(head)
    if own := _OWN_CVE.fullmatch(head.id):
        names.add(own[1])
    return {name[:200] for name in names if name}


def _match(names: set[str], hits: list[_Hit], layer: int | None) -> Match:
    best = min(hits, key=_rank)
    target = best.target
    ordering = ordering_of(target.base)
    severity, score, vector = severity_of(
        (
            each
            for hit in hits
            for each in (*(hit.row.affected.severity or ()), *(hit.head.severity or ()))
        ),
        _words(hits),
    )
    heads = [hit.head for hit in hits]
    ids = sorted(names, key=_name_rank)
    if _is_collection(best.head):
        ids.sort(key=best.head.id.__ne__)
    urgencies = {hit.row.affected.urgency for hit in hits} - {""}
    evidence = best.verdict.evidence
    if target.via:
        evidence = f"{evidence}; {target.via}"
    if ordering and (spoken := ordering.public(target.version)) != target.version:
        evidence = f"{evidence}, {target.version} is a build of {spoken}"
    if _END_OF_LIFE in urgencies:
        evidence = f"{evidence}; {target.base} no longer supports `{target.name}`"
    match = Match(
        package=target.package,
        advisory=Advisory(
            id=ids[0],
            aliases=tuple(ids[1:]),
            summary=next((head.summary for head in heads if head.summary), ""),
            severity=severity,
            score=score,
            vector=vector,
            published=min((head.published for head in heads if head.published), default=""),
            modified=max((head.modified for head in heads), default=""),
            references=tuple(
                dict.fromkeys(
                    reference.url for head in heads for reference in head.references or ()
                )
            ),
        ),
        record=best.head.id,
        ecosystem=_shown(best.row.affected.package.ecosystem)
        if best.row.affected.package
        else target.ecosystem,
        evidence=evidence,
        fixed=_joined_fixes(hits, ordering),
        layer=layer,
    )
    if urgencies and urgencies <= {_NO_THREAT}:
        return replace(
            match,
            state="ignored",
            reason=f"{target.base}'s security team calls it `{_NO_THREAT}` ({best.head.id})",
        )
    return match


def _rank(hit: _Hit) -> tuple[bool, bool, str]:
    """Return what sorts the record that explains most first."""
    return not hit.verdict.fixed, not (hit.head.severity or hit.row.affected.severity), hit.head.id


def _words(hits: list[_Hit]) -> Iterable[object]:
    for hit in hits:
        if hit.head.id.startswith("MAL-"):
            # A package that was made to do harm has no score, and there is nothing worse.
            yield "critical"
        yield hit.row.affected.urgency.rstrip("*")
        if specific := hit.head.database_specific:
            yield specific.severity
        if specific := hit.row.affected.ecosystem_specific:
            yield specific.severity


def _name_rank(name: str) -> tuple[int, str]:
    order = next((at for at, start in enumerate(_ID_ORDER) if name.startswith(start)), 9)
    return order, name


def _joined_fixes(hits: list[_Hit], ordering: Ordering | None) -> tuple[str, ...]:
    """Return the versions that mend it by all of *hits*, the lowest first."""
    if len(hits) == 1 and len(hits[0].verdict.fixed) <= 1:
        return hits[0].verdict.fixed
    named = dict.fromkeys(version for hit in hits for version in hit.verdict.fixed)
    # Databases differ: what one calls mended, another may still have in a range.
    mending = [
        version
        for version in named
        if not any(evaluate(hit.row.affected, version, ordering).affected for hit in hits)
    ]
    return tuple(sorted(mending, key=ordering.key)) if ordering else tuple(mending)
