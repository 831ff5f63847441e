"""
What an image has to show before it is promoted: one gate each, asked of that very digest.

A gate that cannot be asked, for want of an engine, of advisories or of a key, is shut: what
nobody looked at has not passed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import BoxwrightError, EngineError, StoreError
from boxwright.findings.finding import Severity
from boxwright.oci import media_type
from boxwright.oci.reference import Reference
from boxwright.progress import Progress, Silent
from boxwright.settings import Settings
from boxwright.ship.parts import parts
from boxwright.store.registry.client import Repository

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.scan.contents import Contents
    from boxwright.store.cache import Cache
    from boxwright.store.transport import Transport

_SHOWN = 20
"""Findings that a result tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What a gate said."""

    gate: str
    passed: bool
    summary: str
    """One clause: `no vulnerability of high severity or more in 214 packages`."""
    details: tuple[str, ...] = ()
    """What is wrong, the first of it."""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An image, or an index of images, of a repository."""

    repository: Repository
    descriptor: Descriptor

    @property
    def reference(self) -> Reference:
        """The image by its digest, without a tag."""
        known = self.repository.reference
        return replace(known, tag="", digest=self.descriptor.digest)

    @functools.cached_property
    def manifests(self) -> tuple[Descriptor, ...]:
        """The manifests of images behind the name: one for each platform."""
        if self.descriptor.media_type not in media_type.INDEXES:
            return (self.descriptor,)
        named = parts(
            self.descriptor,
            lambda index: self.repository.manifest(index.digest).content,
            # Whatever an engine could run is looked at, whatever it says of itself.
            is_left_out=lambda entry: (entry.platform or {}).get("os") == "unknown",
        )
        found = tuple(each for each in named if each.media_type not in media_type.INDEXES)
        if not found:
            raise StoreError(
                f"the index {self.descriptor.digest} names no image", hint="promote another one"
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One of the gates."""

    name: str
    look: Callable[[Candidate], GateResult]

    def ask(self, candidate: Candidate) -> GateResult:
        """Return what the gate says of *candidate*; one that cannot be asked is shut."""
        try:
            return self.look(candidate)
        except BoxwrightError as error:
            return GateResult(
                gate=self.name,
                passed=False,
                summary=f"cannot be asked: {error.message}",
                hint=error.hint,
            )


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the gates of a project look at besides the image."""

    settings: Settings
    root: Path
    """The folder that paths in the settings are relative to."""
    cache: Cache
    environ: Mapping[str, str]
    transport: Transport
    now: datetime
    progress: Progress = field(default_factory=Silent)
    _looked: dict[str, tuple[Contents, ...]] = field(default_factory=dict)

    def contents(self, candidate: Candidate) -> tuple[Contents, ...]:
        """Return what is in each image of *candidate*; they are looked into once."""
        from boxwright.scan.contents import Contents
        from boxwright.scan.look import look

        key = candidate.descriptor.digest
        if key not in self._looked:
            found = []
            for manifest in candidate.manifests:
                named = replace(candidate.reference, digest=manifest.digest)
                image = Repository(named, self.transport).read()
                inspected = look(image, cache=self.cache, progress=self.progress)
                found.append(Contents(replace(inspected, name=named.familiar)))
            self._looked[key] = tuple(found)
        return self._looked[key]


def gates_for(surroundings: Surroundings) -> tuple[Gate, ...]:
    """Return the gates that the settings of *surroundings* ask for, the quickest first."""
    looks = {"signature": _signature, "check": _check, "scan": _scan, "smoke": _smoke}
    wanted = surroundings.settings.promote.gates
    return tuple(
        Gate(name=name, look=functools.partial(look, surroundings))
        for name, look in looks.items()
        if name in wanted
    )


def _signature(around: Surroundings, candidate: Candidate) -> GateResult:
    """Verify who signed the image, as `boxwright verify` does."""
    from boxwright.ship.keyless import Identity
    from boxwright.ship.keys import load_public_key
    from boxwright.ship.verify import Policy, UnsignedError, verify

    wanted = around.settings.promote
    policy = Policy(
        keys=()
        if wanted.key is None
        else (load_public_key(str(around.root / wanted.key), environ=around.environ),),
        identity=None
        if wanted.identity is None
        else Identity(name=wanted.identity, issuer=wanted.issuer or ""),
    )
    if not policy.keys and policy.identity is None:
        return GateResult(
            gate="signature",
            passed=False,
            summary="nobody says who has to have signed",
            hint="set `promote.key`, or `promote.identity` and `promote.issuer`; or leave"
            " `signature` out of `promote.gates`",
        )
    try:
        verified = verify(candidate.repository, candidate.descriptor, policy)
    except UnsignedError as error:
        return GateResult(
            gate="signature",
            passed=False,
            summary=error.message,
            details=_first(error.rejected),
            hint=error.hint,
        )
    signers = dict.fromkeys(proof.signer for proof in verified.proofs if proof.is_signature)
    return GateResult(gate="signature", passed=True, summary=f"signed by {', '.join(signers)}")


def _check(around: Surroundings, candidate: Candidate) -> GateResult:
    """Judge the image by the practices, as `boxwright check IMAGE` does."""
    from boxwright.practices.check import check_image
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.practices.selection import Selection

    least = Severity[(around.settings.check.fail_on or "warning").upper()]
    broken: list[str] = []
    for contents in around.contents(candidate):
        subject = ImageSubject(contents, today=around.now.date())
        checked = check_image(subject, Selection(around.settings))
        for failure in checked.failures:
            raise failure.error
        broken += [
            f"{finding.rule}: {finding.message}"
            for finding in checked.findings
            if finding.severity >= least
        ]
    if not broken:
        return GateResult(
            gate="check", passed=True, summary=f"no practice is broken ({least} or worse)"
        )
    return GateResult(
        gate="check",
        passed=False,
        summary=f"{len(broken)} {'practice is' if len(broken) == 1 else 'practices are'} broken",
        details=_first(broken),
        hint=f"`boxwright check {candidate.reference.familiar}` shows where, and what to do",
    )


def _scan(around: Surroundings, candidate: Candidate) -> GateResult:
    """Look for vulnerabilities and credentials, as `boxwright scan` does."""
    from boxwright.practices.image_leaks import counted_leaks
    from boxwright.scan.advisories.database import Database
    from boxwright.scan.configured import configured_judgement
    from boxwright.scan.match import STALE_AFTER
    from boxwright.scan.vulnerabilities import counted, judge, look_up

    configured = around.settings.scan
    level = configured.fail_on or "high"
    judgement, _ = configured_judgement(around.settings, around.root)
    stale_after = STALE_AFTER if configured.max_age is None else timedelta(days=configured.max_age)
    hint = f"`boxwright scan {candidate.reference.familiar}` shows all, and what mends it"
    wrong: list[str] = []
    packages = 0
    with Database(around.cache) as database:
        for contents in around.contents(candidate):
            packages += len(contents.inventory.packages)
            wrong += [
                f"layer {layer.at} could not be read"
                for layer in contents.inspected.layers
                if layer.problem
            ]
            wrong += [
                f"{leak.kind} in {leak.place} {leak.name}".rstrip()
                for leak in counted_leaks(contents)
            ]
            found = look_up(contents, database, now=around.now, stale_after=stale_after)
            if not found.is_complete:
                hint = "run `boxwright advisories update`"
                wrong += [
                    f"packages of `{each.what}` could not be looked up"
                    for each in found.unchecked
                    if each.mendable
                ]
            found = judge(found, contents, judgement, now=around.now)
            counting = counted(found.matches, fail_on=level, only_fixed=configured.only_fixed)
            wrong += [
                f"{match.advisory.id} in {match.package.name} {match.package.version}"
                for match in counting
            ]
    worse = "" if level in ("any", "critical") else " or more"
    if not wrong:
        return GateResult(
            gate="scan",
            passed=True,
            summary=f"nothing of {level} severity{worse} in {packages} packages, no credential",
        )
    return GateResult(
        gate="scan",
        passed=False,
        summary=f"{len(wrong)} {'thing counts' if len(wrong) == 1 else 'things count'}",
        details=_first(wrong),
        hint=hint,
    )


def _smoke(around: Surroundings, candidate: Candidate) -> GateResult:
    """Run the image, as `boxwright run --smoke` does."""
    from boxwright.run.smoke import Outcome, image_checks, smoke
    from boxwright.store.engine import look_for_engine

    search = look_for_engine(around.environ)
    if search.engine is None:
        raise EngineError(
            f"no container engine answers: {search.reason}",
            hint="promote where Docker or podman runs: the smoke test starts the image",
        )
    name = candidate.reference.familiar
    report = smoke(
        name, image_checks(around.settings), engine=search.engine, progress=around.progress
    )
    failed = [result for result in report.results if not result.passed]
    done = [result for result in report.results if result.outcome is Outcome.PASSED]
    if report.passed and done:
        summary = ", ".join(
            f"{result.what} {result.measured}".rstrip() for result in done if result.measured
        )
        return GateResult(gate="smoke", passed=True, summary=summary or "it runs")
    lines = [f"{result.what}: {result.detail} ({result.practice})" for result in failed]
    return GateResult(
        gate="smoke",
        passed=False,
        summary=f"{len(failed)} {'check has' if len(failed) == 1 else 'checks have'} failed",
        details=_first([*lines, *report.log.splitlines()[-5:]]),
        hint=f"`boxwright run --smoke {name}` shows all of it",
    )


def _first(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - _SHOWN
    return (*lines[:_SHOWN], *([f"and {more} more"] if more > 0 else []))
