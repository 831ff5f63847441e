"""
An image's way: commit → version → environment, by digest, nothing built or sent again.

What a version or a commit names never changes; what an environment names changes here only,
after all gates are passed, and its history is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from boxwright.errors import ShipError
from boxwright.image.blob import BytesBlob
from boxwright.oci.annotations import REVISION
from boxwright.oci.document import parse_document
from boxwright.progress import Progress, Silent
from boxwright.ship.history import Entry, History, read_history, write_history
from boxwright.ship.tags import DIRTY, TagKind, kind_of
from boxwright.store.registry.client import AbsentError

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import Digest
    from boxwright.settings import PromoteSettings
    from boxwright.ship.gates import Candidate, Gate, GateResult
    from boxwright.store.registry.push import WritableRepository
    from boxwright.store.verified import KnownBlob


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """What came of a promotion."""

    image: Descriptor
    target: str
    """The tag."""
    source: str
    """What the image was called: `git-…`, `1.4.0`, a digest."""
    results: tuple[GateResult, ...] = ()
    skipped: tuple[str, ...] = ()
    earlier: Digest | None = None
    """What the tag named before; None where it is new."""
    is_moved: bool = False
    """Whether the tag names the image now because of this; it may have done so before."""

    @property
    def is_refused(self) -> bool:
        """Tell whether a gate was not passed."""
        return any(not result.passed for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted: the image *source* as *target*."""

    source: str
    """A tag of the repository, or a digest."""
    target: str
    by: str = ""
    """Who wants it."""
    skipped: tuple[str, ...] = ()
    """Gates that are not asked, for the *reason*."""
    reason: str = ""


def promote(
    repository: WritableRepository,
    order: Order,
    *,
    settings: PromoteSettings,
    gates: Sequence[Gate],
    now: datetime,
    progress: Progress | None = None,
) -> Promoted:
    """
    Give the image that *order* names its new tag in *repository*, if all *gates* let it through.

    Every gate is asked, so that all that is wrong is told at once; a tag that names the image
    already is left as it is and no gate is asked. Raises ShipError where the tag may not be
    given at all.
    """
    progress = progress or Silent()
    kind = _wanted_kind(order, settings)
    found = _find(repository, order.source)
    image = found.descriptor
    said = parse_document(found.content, found.place).get("annotations")
    if said is not None and said.texts().get(REVISION, "").endswith(DIRTY):
        raise ShipError(
            f"`{order.source}` was built from files that no commit has",
            hint="commit them, and push what is built then",
        )
    present = repository.find_tag(order.target)
    earlier = present.digest if present else None
    if earlier == image.digest:
        return Promoted(image=image, target=order.target, source=order.source, earlier=earlier)
    if kind is TagKind.VERSION and earlier is not None:
        raise ShipError(
            f"the version {order.target} is there already, as {earlier}, and versions never move",
            hint="give the next version",
        )
    # Before the gates, which take long: a history that cannot be read must not stop us later.
    is_told = kind is TagKind.ENVIRONMENT or order.skipped
    history = read_history(repository, order.target) if is_told else None
    results = _ask(gates, _candidate(repository, image), order, progress)
    promoted = Promoted(
        image=image,
        target=order.target,
        source=order.source,
        results=results,
        skipped=order.skipped,
        earlier=earlier,
        is_moved=all(result.passed for result in results),
    )
    if not promoted.is_moved:
        return promoted
    meanwhile = repository.find_tag(order.target)
    if (meanwhile.digest if meanwhile else None) != earlier:
        raise ShipError(
            f"`{order.target}` was moved by somebody else while the gates were asked",
            hint="look at what is there now, then promote again",
        )
    repository.put_manifest(BytesBlob(image, found.content), order.target)
    if history is not None:
        entry = Entry(
            image=image,
            time=now,
            source=_lasting_name(repository, order.source, image, settings),
            by=order.by,
            passed=tuple(result.gate for result in results),
            skipped=order.skipped,
            reason=order.reason,
        )
        history = _with_strangers(history, meanwhile, now)
        write_history(repository, order.target, history.adding(entry))
    return promoted


def roll_back(
    repository: WritableRepository,
    environment: str,
    *,
    settings: PromoteSettings,
    by: str,
    reason: str,
    now: datetime,
) -> Promoted:
    """
    Give *environment* the release before the one that it has.

    No gate is asked: that image has passed them when it came there. Raises ShipError where
    there was none before.
    """
    if environment not in settings.environments:
        raise _no_environment(environment, settings)
    current = repository.find_tag(environment)
    history = _with_strangers(read_history(repository, environment), current, now)
    releases = history.releases
    if current is None or len(releases) < 2:
        raise ShipError(
            f"`{environment}` has no release before the one that it has",
            hint=f"promote another image to it: `boxwright promote 1.4.0 {environment}`",
        )
    before = releases[-2]
    try:
        found = repository.manifest(before.image.digest)
    except AbsentError as error:
        raise ShipError(
            f"the release before, {before.source or before.image.digest}, is no longer in the"
            " registry",
            hint=f"promote another image to it: `boxwright promote 1.4.0 {environment}`",
        ) from error
    repository.put_manifest(BytesBlob(found.descriptor, found.content), environment)
    entry = Entry(
        image=before.image, time=now, source=before.source, by=by, reason=reason, is_rollback=True
    )
    write_history(repository, environment, history.adding(entry))
    return Promoted(
        image=before.image,
        target=environment,
        source=before.source,
        earlier=current.digest,
        is_moved=True,
    )


def check_target(name: str, settings: PromoteSettings) -> TagKind:
    """Return what *name* stands for; ShipError where it is no version and no environment."""
    kind = kind_of(name, settings.environments)
    if kind not in (TagKind.VERSION, TagKind.ENVIRONMENT):
        raise _no_environment(name, settings)
    return kind


def _wanted_kind(order: Order, settings: PromoteSettings) -> TagKind:
    """Return what the target is; ShipError where it is nothing to promote to, or not from there."""
    target = check_target(order.target, settings)
    if order.source.startswith("sha256:"):
        source = TagKind.COMMIT
    else:
        source = kind_of(order.source, settings.environments)
    if source is TagKind.OTHER:
        raise ShipError(
            f"`{order.source}` may name another image tomorrow, so it is nothing to promote",
            hint="name the image of a commit (`git-…`), a version, an environment or a digest",
        )
    if (
        target is TagKind.ENVIRONMENT
        and source is TagKind.COMMIT
        and order.target not in settings.unversioned
    ):
        raise ShipError(
            f"`{order.target}` takes versions only, and `{order.source}` is none",
            hint=f"give it a version first: `boxwright promote {order.source} 1.4.0`; or list the"
            f' environment in the settings: `promote.unversioned = ["{order.target}"]`',
        )
    return target


def _no_environment(name: str, settings: PromoteSettings) -> ShipError:
    known = ", ".join(f"`{each}`" for each in settings.environments) or "none"
    return ShipError(
        f"`{name}` is neither a version nor an environment of this project",
        hint=f"versions look like `1.4.0`; environments are {known} (`promote.environments`)",
    )


def _lasting_name(
    repository: WritableRepository, source: str, image: Descriptor, settings: PromoteSettings
) -> str:
    """Return what *image* is called for good: an environment's name says nothing tomorrow."""
    if kind_of(source, settings.environments) is not TagKind.ENVIRONMENT:
        return source
    for entry in reversed(read_history(repository, source).entries):
        if entry.image.digest == image.digest and entry.source:
            return entry.source
    return source


def _find(repository: WritableRepository, source: str) -> KnownBlob:
    try:
        return repository.manifest(source)
    except AbsentError as error:
        place = f"{repository.reference.registry}/{repository.reference.repository}"
        raise ShipError(
            f"`{place}` has no image `{source}`",
            hint="push it first: `boxwright push`",
        ) from error


def _candidate(repository: WritableRepository, image: Descriptor) -> Candidate:
    from boxwright.ship.gates import Candidate

    return Candidate(repository=repository, descriptor=image)


def _ask(
    gates: Sequence[Gate], candidate: Candidate, order: Order, progress: Progress
) -> tuple[GateResult, ...]:
    results = []
    for gate in gates:
        if gate.name in order.skipped:
            continue
        task = f"gate {gate.name}"
        progress.start(task)
        result = gate.ask(candidate)
        progress.finish(task, "passed" if result.passed else "NOT passed")
        results.append(result)
    return tuple(results)


def _with_strangers(history: History, current: Descriptor | None, now: datetime) -> History:
    """Return *history* with what stands under the tag now, although nobody promoted it."""
    if current is None:
        return history
    last = history.entries[-1].image.digest if history.entries else None
    if last == current.digest:
        return history
    return history.adding(Entry(image=current, time=now, source="", by="", reason="found there"))
