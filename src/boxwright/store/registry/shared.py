"""
A repository of a registry as a cache that machines share: what was made of what, and the layers.

Under the tag `boxwright-cache` there is a manifest whose configuration lists records, those that
were used last first, and whose layers are the blobs that they speak of: so the registry keeps
these. Two builds that write at once lose some of each other's records, and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from isal import isal_zlib

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import Blob, FileBlob, bytes_blob
from boxwright.image.compression import DAMAGED, member
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, parse_digest
from boxwright.oci.document import LIMIT, parse_document
from boxwright.oci.manifest import Manifest
from boxwright.oci.reference import Reference
from boxwright.progress import Progress, Silent
from boxwright.store.cache import BORROWED, KINDS, Cache, Record
from boxwright.store.registry.client import AbsentError, RegistryBlob, Repository
from boxwright.store.transport import Transport

if TYPE_CHECKING:
    from boxwright.store.registry.push import WritableRepository

TAG = "boxwright-cache"
ARTIFACT = "application/vnd.boxwright.cache.v1+json"
RECORD = "application/vnd.boxwright.cache.record.v1+json+gzip"

_VERSION = 1
_MOST_RECORDS = 1000
_LARGEST_LIST = 1 << 20
"""Bytes of the list of records."""
_INLINE = 1000
"""A record of more bytes is a blob of its own."""
_LARGEST_RECORD = 64 << 20
"""Bytes of a record as JSON: wheels have tens of thousands of files."""
_LARGEST_LAYER = 1 << 40
_AT_ONCE = 8

_TIMEOUT, _FAILURES, _BACKOFF = 10.0, 2, 0.2
"""How long is waited for a registry that a build can do without."""


class _Place(msgspec.Struct, frozen=True):
    """The blob that a record is."""

    digest: str
    size: int


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record, or where it is."""

    kind: str
    key: str
    record: dict[str, Any] | None = None
    blob: _Place | None = None


class _List(msgspec.Struct, frozen=True):
    version: int
    records: list[_Entry]


_Entries = dict[tuple[str, Digest], _Entry]


class SharedCache:
    """
    What builds on other machines left in *repository*; it is asked when something is not here.

    Layers are read through *blobs*, which is the same repository unless something else is said,
    and are kept in *cache*. A repository that cannot be read, or holds something else, is told of
    once and then is as if it were empty. May be used from several threads.
    """

    def __init__(
        self,
        repository: Repository,
        cache: Cache,
        progress: Progress | None = None,
        *,
        blobs: Repository | None = None,
    ) -> None:
        self._repository = repository
        self._blobs = blobs or repository
        self._cache = cache
        self._progress = progress or Silent()
        self._lock = threading.RLock()
        self._entries: _Entries | None = None
        self._records: dict[tuple[str, Digest], Record | None] = {}
        self._there: dict[Digest, bool] = {}
        self._is_lost = False

    @property
    def reference(self) -> Reference:
        """The repository."""
        return self._repository.reference

    def recall(self, kind: str, key: Digest) -> Record | None:
        """Return what somebody found out of *key*, None if nobody did or it cannot be had."""
        entry = self._known().get((kind, key))
        if entry is None or self._is_lost:
            return None
        if entry.blob is None:
            return entry.record
        if (kind, key) not in self._records:
            self._records[kind, key] = self._fetched(entry.blob)
        return self._records[kind, key]

    def expect(self, kind: str, keys: Sequence[Digest]) -> None:
        """Get ready to say what is known of *keys*, of all of them at once."""
        known = self._known()
        wanted = [key for key in keys if (kind, key) in known]
        if wanted:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(lambda key: self.recall(kind, key), wanted))

    def blobs(self, descriptors: Sequence[Descriptor]) -> list[Blob | None]:
        """Return the blobs of *descriptors*, each of them None where it is not there."""
        unknown = {one.digest: one for one in descriptors if one.digest not in self._there}
        if unknown and not self._is_lost:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                found = pool.map(self._has, unknown.values())
                self._there.update(zip(unknown, found, strict=True))
        return [
            RegistryBlob(one, self._blobs, self._cache)
            if self._there.get(one.digest) and not self._is_lost
            else None
            for one in descriptors
        ]

    def publish(self, repository: WritableRepository) -> int:
        """
        Leave in *repository* what was used of the cache, and return how many records are new.

        The layers that it speaks of are in the repository by then, or are put there. Nothing is
        written where there is nothing new. What goes wrong is told, and no harm: it is only
        that others have to make again what was made here.
        """
        try:
            there = _read_or_nothing(repository, self._progress)
            used, blobs, fresh = self._used(there)
            if not fresh:
                return 0
            others = {at: entry for at, entry in there.items() if at not in used}
            try:
                _put(repository, blobs, used | others)
            except StoreError:
                # Something that was there before may be gone.
                used, blobs, _ = self._used({})
                _put(repository, blobs, used)
        except StoreError as error:
            self._progress.note(
                f"what was built is not left in `{_name(repository.reference)}` for other machines:"
                f" {error.message}"
            )
            return 0
        return fresh

    def _used(self, there: _Entries) -> tuple[_Entries, list[Blob], int]:
        """Return what was used of the cache; of what is not *there*, the blobs and how much it is."""
        used: _Entries = {}
        blobs: list[Blob] = []
        fresh = 0
        for (kind, key), given in self._cache.used.items():
            known = there.get((kind, key))
            # A tree is large, and what a wheel has never changes.
            if known is not None and (given is BORROWED or kind == "wheels"):
                used[kind, key] = known
                continue
            found = self._entry(kind, key, given)
            if found is None:
                continue
            entry, blob = found
            used[kind, key] = entry
            if entry != known:
                fresh += 1
                blobs += [blob] if blob is not None else []
        return used, blobs, fresh

    def _entry(
        self, kind: str, key: Digest, given: Record | None
    ) -> tuple[_Entry, Blob | None] | None:
        """Return what is known of *key*, and the blob that it is or speaks of; None for nothing."""
        if given is BORROWED:
            entry = (self._entries or {}).get((kind, key))
            if entry is None:
                return None
            blob = _named(entry)
            return entry, None if blob is None else self._blob(blob)
        record = self._cache.recall(kind, key) if given is None else given
        if record is None:
            return None
        content = canonical_json(record)
        if kind == "layers":
            layer = _layer_of(record)
            found = None if layer is None else self._blob(layer)
            return None if found is None else (_Entry(kind=kind, key=key, record=record), found)
        if len(content) <= _INLINE:
            return _Entry(kind=kind, key=key, record=record), None
        packed = bytes_blob(RECORD, member(content))
        if len(content) > _LARGEST_RECORD or packed.descriptor.size > LIMIT:
            return None
        place = _Place(digest=packed.descriptor.digest, size=packed.descriptor.size)
        return _Entry(kind=kind, key=key, blob=place), packed

    def _blob(self, descriptor: Descriptor) -> Blob | None:
        if self._cache.size_of(descriptor.digest) == descriptor.size:
            return FileBlob(descriptor, self._cache.blob_path(descriptor.digest))
        return self.blobs([descriptor])[0]

    def _known(self) -> _Entries:
        with self._lock:
            if self._entries is None:
                try:
                    self._entries = _read(self._repository)
                except StoreError as error:
                    self._entries = {}
                    self._lose(error)
            return self._entries

    def _fetched(self, place: _Place) -> Record | None:
        descriptor = Descriptor(
            media_type=RECORD, digest=parse_digest(place.digest), size=place.size
        )
        try:
            return _unpacked(RegistryBlob(descriptor, self._repository).read())
        except AbsentError:
            return None
        except StoreError as error:
            self._lose(error)
            return None

    def _has(self, descriptor: Descriptor) -> bool:
        if self._is_lost:
            return False
        try:
            return self._repository.has_blob(descriptor)
        except StoreError as error:
            self._lose(error)
            return False

    def _lose(self, error: StoreError) -> None:
        with self._lock:
            if not self._is_lost:
                self._is_lost = True
                self._progress.note(
                    f"the shared cache `{_name(self._repository.reference)}` is of no use:"
                    f" {error.message}{f'; {error.hint}' if error.hint else ''}"
                )


def open_shared(
    reference: Reference,
    transport: Transport,
    cache: Cache,
    progress: Progress | None = None,
) -> SharedCache:
    """Return what is shared in the repository of *reference*, which may be slow or gone."""
    impatient = replace(
        transport,
        timeout=min(_TIMEOUT, transport.timeout),
        failures=min(_FAILURES, transport.failures),
        backoff=min(_BACKOFF, transport.backoff),
    )
    return SharedCache(
        Repository(reference, impatient),
        cache,
        progress,
        blobs=Repository(reference, transport),
    )


class _UselessError(StoreError):
    """What is there is no list of records."""


def _read(repository: Repository) -> _Entries:
    """Return the records that *repository* lists; _UselessError where it lists something else."""
    try:
        top = repository.manifest(TAG)
    except AbsentError:
        return {}
    try:
        document = parse_document(top.content, top.place)
        artifact = document.get("artifactType")
        config = Manifest.from_dict(document).config
    except StoreError as error:
        raise _UselessError(error.message) from error
    if artifact is None or artifact.value != ARTIFACT or config.media_type != ARTIFACT:
        raise _UselessError(f"{top.place} is something else")
    try:
        content = RegistryBlob(config, repository).read()
    except (AbsentError, DigestMismatchError) as error:
        raise _UselessError(error.message) from error
    try:
        listed = msgspec.json.decode(content, type=_List)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _UselessError(f"{top.place} lists what is no record") from error
    if listed.version != _VERSION:
        raise _UselessError(f"{top.place} has the version {listed.version}, not {_VERSION}")
    found: _Entries = {}
    for entry in listed.records[:_MOST_RECORDS]:
        if _is_sound(entry):
            found.setdefault((entry.kind, Digest(entry.key)), entry)
    return found


def _read_or_nothing(repository: Repository, progress: Progress) -> _Entries:
    try:
        return _read(repository)
    except _UselessError as error:
        progress.note(f"the shared cache is written anew: {error.message}")
        return {}


def _put(repository: WritableRepository, blobs: Iterable[Blob], entries: _Entries) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(repository.put_blob, blobs))
    _write(repository, entries)


def _is_sound(entry: _Entry) -> bool:
    try:
        parse_digest(entry.key)
        if entry.blob is not None:
            parse_digest(entry.blob.digest)
    except ValueError:
        return False
    if entry.kind not in KINDS or (entry.record is None) == (entry.blob is None):
        return False
    if entry.blob is not None and not 0 < entry.blob.size <= LIMIT:
        return False
    return entry.kind != "layers" or (
        entry.record is not None and _layer_of(entry.record) is not None
    )


def _layer_of(record: Mapping[str, Any]) -> Descriptor | None:
    """Return the blob of the layer that *record* is of."""
    try:
        digest, size = parse_digest(record["digest"]), record["size"]
    except (KeyError, TypeError, ValueError):
        return None
    if type(size) is not int or not 0 <= size <= _LARGEST_LAYER:
        return None
    return Descriptor(media_type=media_type.LAYER_GZIP, digest=digest, size=size)


def _unpacked(packed: bytes) -> Record:
    """Return the record in *packed*; StoreError where there is none or it is too large."""
    unpacker = isal_zlib.decompressobj(31)
    try:
        content = unpacker.decompress(packed, _LARGEST_RECORD + 1)
        record = msgspec.json.decode(content)
    except (DAMAGED, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError("a record in the shared cache is damaged") from error
    if not unpacker.eof or len(content) > _LARGEST_RECORD or not isinstance(record, dict):
        raise StoreError("a record in the shared cache is damaged")
    return record


def _write(repository: WritableRepository, entries: _Entries) -> None:
    """Make the first of *entries* what *repository* lists, as many as there is room for."""
    listed: list[_Entry] = []
    named: dict[Digest, Descriptor] = {}
    room = _LARGEST_LIST
    for entry in entries.values():
        room -= len(msgspec.json.encode(entry)) + 1
        if room < 0 or len(listed) == _MOST_RECORDS:
            break
        listed.append(entry)
        blob = _named(entry)
        if blob is not None:
            named.setdefault(blob.digest, blob)
    document = canonical_json(msgspec.to_builtins(_List(version=_VERSION, records=listed)))
    config = bytes_blob(ARTIFACT, document)
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.MANIFEST,
        "artifactType": ARTIFACT,
        "config": config.descriptor.to_dict(),
        "layers": [descriptor.to_dict() for descriptor in named.values()],
    }
    repository.put_blob(config)
    repository.put_manifest(bytes_blob(media_type.MANIFEST, canonical_json(manifest)), TAG)


def _named(entry: _Entry) -> Descriptor | None:
    """Return the blob that *entry* is, or speaks of."""
    if entry.blob is not None:
        digest = parse_digest(entry.blob.digest)
        return Descriptor(media_type=RECORD, digest=digest, size=entry.blob.size)
    return _layer_of(entry.record or {}) if entry.kind == "layers" else None


def _name(reference: Reference) -> str:
    return f"{reference.registry}/{reference.repository}"
