"""Layers that were built before: which inputs gave which blob, here or where it is shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from boxwright.image.blob import Blob, FileBlob
from boxwright.image.image import Layer
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, parse_digest
from boxwright.store.cache import BORROWED, KINDS, BlobWriter, Cache, Trail

if TYPE_CHECKING:
    from boxwright.image.layer import Written

_LONGEST = 1 << 16
"""Characters of what made a layer: the names of all wheels of a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a layer's inputs gave: its blob, and its tar."""

    digest: Digest
    size: int
    diff_id: Digest
    uncompressed_size: int

    @staticmethod
    def of(written: Written, blob: BlobWriter) -> Remembered:
        """Commit *blob*, which holds the layer *written*, and return what it is."""
        return Remembered(
            digest=blob.commit(),
            size=blob.size,
            diff_id=written.diff_id,
            uncompressed_size=written.uncompressed_size,
        )

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Remembered:
        """Return what *record* says; ValueError where that makes no sense."""
        try:
            sizes = record["size"], record["uncompressed_size"]
            digests = parse_digest(record["digest"]), parse_digest(record["diff_id"])
        except (KeyError, TypeError) as error:
            raise ValueError("it is no record of a layer") from error
        if not all(type(size) is int and size >= 0 for size in sizes):
            raise ValueError("its sizes are none")
        return Remembered(
            digest=digests[0], size=sizes[0], diff_id=digests[1], uncompressed_size=sizes[1]
        )

    @property
    def descriptor(self) -> Descriptor:
        """Of its blob."""
        return Descriptor(media_type=media_type.LAYER_GZIP, digest=self.digest, size=self.size)

    def layer(self, blob: Blob, key: Digest | None, created_by: str, *, reused: bool) -> Layer:
        """Return the layer of *blob*, which inputs with the digest *key* gave."""
        return Layer(
            blob=blob,
            diff_id=self.diff_id,
            uncompressed_size=self.uncompressed_size,
            created_by=created_by,
            reused=reused,
            key=key,
        )


def find_layer(cache: Cache, key: Digest, created_by: str) -> Layer | None:
    """Return the layer that inputs with the digest *key* gave before, if it is still there."""
    (found,) = find_layers(cache, [(key, created_by)])
    return found


def find_layers(cache: Cache, wanted: Sequence[tuple[Digest, str]]) -> list[Layer | None]:
    """
    Return the layer that inputs with each digest gave before, None where it is not there any more.

    *wanted* are digests, each with what the layer of it is called. One that is only where it is
    shared is fetched by whoever reads it.
    """
    known: list[tuple[Remembered | None, bool]] = []
    for key, _ in wanted:
        remembered = _parsed(cache.recall("layers", key))
        if remembered is not None and cache.size_of(remembered.digest) == remembered.size:
            known.append((remembered, False))
        else:
            record = cache.shared.recall("layers", key) if cache.shared else None
            known.append((_parsed(record), True))
    blobs = _blobs(cache, [remembered for remembered, _ in known])
    found: list[Layer | None] = []
    for (key, created_by), (remembered, borrowed), blob in zip(wanted, known, blobs, strict=True):
        if remembered is None or blob is None:
            found.append(None)
            continue
        cache.use("layers", key, asdict(remembered) if borrowed else None)
        found.append(remembered.layer(blob, key, created_by, reused=True))
    return found


def keep_layer(cache: Cache, key: Digest, remembered: Remembered, created_by: str) -> Layer:
    """Remember what inputs with the digest *key* gave, and return it as a layer."""
    cache.remember("layers", key, asdict(remembered))
    cache.use("layers", key)
    blob = FileBlob(remembered.descriptor, cache.blob_path(remembered.digest))
    return remembered.layer(blob, key, created_by, reused=False)


def find_stack(cache: Cache, key: Digest) -> list[Layer] | None:
    """Return the layers that inputs with the digest *key* gave before, if all are still there."""
    return _stack(cache, key, borrowed=False) or _stack(cache, key, borrowed=True)


def keep_stack(cache: Cache, key: Digest, layers: Iterable[Layer], trail: Trail) -> None:
    """
    Remember which layers inputs with the digest *key* gave, lowest first.

    *trail* is what was used for that: others need it to make a stack that is little different.
    """
    rows = [
        {
            "key": layer.key,
            "digest": layer.blob.descriptor.digest,
            "size": layer.blob.descriptor.size,
            "diff_id": layer.diff_id,
            "uncompressed_size": layer.uncompressed_size,
            "created_by": layer.created_by,
        }
        for layer in layers
    ]
    record = {"layers": rows, "used": [list(pair) for pair in trail]}
    if is_borrowed(trail):
        cache.use("stacks", key, record)
    else:
        cache.remember("stacks", key, record)
        cache.use("stacks", key)


def is_borrowed(trail: Trail) -> bool:
    """Return whether some of what *trail* lists is only what others said."""
    return any(record is not None for record in trail.values())


def _stack(cache: Cache, key: Digest, *, borrowed: bool) -> list[Layer] | None:
    if not borrowed:
        record = cache.recall("stacks", key)
    else:
        record = cache.shared.recall("stacks", key) if cache.shared else None
    try:
        rows = [_row(row) for row in (record or {})["layers"]]
        used = [_pair(pair) for pair in (record or {})["used"]]
    except (KeyError, TypeError, ValueError):
        return None
    blobs = _blobs(cache, [remembered for _, remembered, _ in rows])
    layers = [
        remembered.layer(blob, layer_key, created_by, reused=True)
        for (layer_key, remembered, created_by), blob in zip(rows, blobs, strict=True)
        if blob is not None
    ]
    if len(layers) < len(rows):
        return None
    for kind, used_key in used:
        cache.use(kind, used_key, BORROWED if borrowed else None)
    cache.use("stacks", key, record if borrowed else None)
    return layers


def _row(row: Mapping[str, Any]) -> tuple[Digest, Remembered, str]:
    key, created_by = parse_digest(row["key"]), row["created_by"]
    if not isinstance(created_by, str) or len(created_by) > _LONGEST:
        raise ValueError("nothing says what made it")
    if not created_by.isprintable():
        raise ValueError("what made it is no text")
    return key, Remembered.from_record(row), created_by


def _pair(pair: Sequence[Any]) -> tuple[str, Digest]:
    kind, key = pair
    if kind not in KINDS:
        raise ValueError("it is no kind of record")
    return kind, parse_digest(key)


def _parsed(record: Mapping[str, Any] | None) -> Remembered | None:
    try:
        return None if record is None else Remembered.from_record(record)
    except ValueError:
        return None


def _blobs(cache: Cache, remembered: Sequence[Remembered | None]) -> list[Blob | None]:
    """Return the blob of each: one that is here, else one that is shared, else None."""
    found: list[Blob | None] = []
    elsewhere: dict[int, Descriptor] = {}
    for at, one in enumerate(remembered):
        found.append(None)
        if one is None:
            continue
        if cache.size_of(one.digest) == one.size:
            found[at] = FileBlob(one.descriptor, cache.blob_path(one.digest))
        else:
            elsewhere[at] = one.descriptor
    if elsewhere and cache.shared is not None:
        shared = cache.shared.blobs(list(elsewhere.values()))
        for at, blob in zip(elsewhere, shared, strict=True):
            found[at] = blob
    return found
