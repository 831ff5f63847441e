"""
What an environment had: kept in the registry, as an index of its images, oldest first.

The index names the images, so that the registry keeps what a rollback needs; the annotations
of its entries say when, by whom and why each came. It is the tag `boxwright-history-<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from boxwright.errors import StoreError
from boxwright.image.blob import bytes_blob
from boxwright.oci import media_type
from boxwright.oci.annotations import CREATED
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Index
from boxwright.store.registry.client import AbsentError

if TYPE_CHECKING:
    from boxwright.store.registry.client import Repository
    from boxwright.store.registry.push import WritableRepository

ARTIFACT_TYPE = "application/vnd.boxwright.history.v1+json"
_MOST = 200
"""Entries that are kept: the oldest go first."""
_KEY = "boxwright.promotion"
_ACTION, _SOURCE, _BY, _PASSED, _SKIPPED, _REASON = (
    f"{_KEY}.{name}" for name in ("action", "source", "by", "passed", "skipped", "reason")
)
_PROMOTED, _ROLLED_BACK = "promote", "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An image that came to an environment."""

    image: Descriptor
    time: datetime
    source: str
    """What it was called: `1.4.0`."""
    by: str
    """Who had it promoted, as far as this is known."""
    passed: tuple[str, ...] = ()
    """The gates that it passed."""
    skipped: tuple[str, ...] = ()
    """The gates that nobody asked, for the *reason*."""
    reason: str = ""
    is_rollback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What an environment had, oldest first."""

    entries: tuple[Entry, ...] = ()

    @property
    def releases(self) -> tuple[Entry, ...]:
        """
        The releases that led to what is there now: what was rolled back is not among them.

        Rolling back twice goes two releases back, not forth and back.
        """
        stack: list[Entry] = []
        for entry in self.entries:
            digests = [each.image.digest for each in stack]
            if entry.is_rollback and entry.image.digest in digests:
                while stack[-1].image.digest != entry.image.digest:
                    stack.pop()
            elif not digests or digests[-1] != entry.image.digest:
                stack.append(entry)
        return tuple(stack)

    def adding(self, entry: Entry) -> History:
        """Return the history with *entry* at its end; of a very long one the beginning goes."""
        return History(entries=(*self.entries, entry)[-_MOST:])


def history_tag(environment: str) -> str:
    """Return the tag under which the history of *environment* is kept."""
    return f"boxwright-history-{environment}"


def read_history(repository: Repository, environment: str) -> History:
    """
    Return what *environment* had; an empty history where nothing was ever promoted to it.

    Raises StoreError where what is there is no history: it is not overwritten.
    """
    tag = history_tag(environment)
    try:
        found = repository.manifest(tag)
    except AbsentError:
        return History()
    document = parse_document(found.content, found.place)
    kind = document.get("artifactType")
    if kind is None or kind.value != ARTIFACT_TYPE:
        raise StoreError(
            f"the tag `{tag}` of `{repository.reference.registry}/{repository.reference.repository}`"
            " is no history of ours",
            hint="choose another name for the environment, or remove that tag",
        )
    return History(entries=tuple(map(_entry, Index.from_dict(document).manifests)))


def write_history(repository: WritableRepository, environment: str, history: History) -> None:
    """Make *history* what the registry keeps of *environment*."""
    document = Index(manifests=tuple(map(_descriptor, history.entries))).to_dict()
    content = canonical_json({**document, "artifactType": ARTIFACT_TYPE})
    repository.put_manifest(bytes_blob(media_type.INDEX, content), history_tag(environment))


def _descriptor(entry: Entry) -> Descriptor:
    said = {
        CREATED: entry.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        _ACTION: _ROLLED_BACK if entry.is_rollback else _PROMOTED,
        _SOURCE: entry.source,
        _BY: entry.by,
        _PASSED: " ".join(entry.passed),
        _SKIPPED: " ".join(entry.skipped),
        _REASON: entry.reason,
    }
    annotations = {key: value for key, value in said.items() if value}
    return replace(entry.image, annotations=annotations)


def _entry(descriptor: Descriptor) -> Entry:
    said = descriptor.annotations
    return Entry(
        image=replace(descriptor, annotations={}),
        time=_time(said),
        source=said.get(_SOURCE, ""),
        by=said.get(_BY, ""),
        passed=tuple(said.get(_PASSED, "").split()),
        skipped=tuple(said.get(_SKIPPED, "").split()),
        reason=said.get(_REASON, ""),
        is_rollback=said.get(_ACTION) == _ROLLED_BACK,
    )


def _time(said: Mapping[str, str]) -> datetime:
    try:
        time = datetime.fromisoformat(said.get(CREATED, ""))
    except ValueError:
        return datetime.fromtimestamp(0, tz=UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
