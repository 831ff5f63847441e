"""Layers that were built before: which inputs gave which blob."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from boxwright.image.blob import FileBlob
from boxwright.image.image import Layer
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.store.cache import BlobWriter, Cache

if TYPE_CHECKING:
    from boxwright.image.layer import Written


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

    def layer(self, cache: Cache, created_by: str, *, reused: bool) -> Layer:
        """Return the layer whose blob is in *cache*."""
        descriptor = Descriptor(
            media_type=media_type.LAYER_GZIP, digest=self.digest, size=self.size
        )
        return Layer(
            blob=FileBlob(descriptor, cache.blob_path(self.digest)),
            diff_id=self.diff_id,
            uncompressed_size=self.uncompressed_size,
            created_by=created_by,
            reused=reused,
        )


def find_layer(cache: Cache, key: Digest, created_by: str) -> Layer | None:
    """Return the layer that inputs with the digest *key* gave before, if it is still there."""
    record = cache.recall("layers", key)
    if record is None:
        return None
    try:
        remembered = Remembered(**record)
    except TypeError:
        return None
    if cache.size_of(remembered.digest) != remembered.size:
        return None
    return remembered.layer(cache, created_by, reused=True)


def keep_layer(cache: Cache, key: Digest, remembered: Remembered, created_by: str) -> Layer:
    """Remember what inputs with the digest *key* gave, and return it as a layer."""
    cache.remember("layers", key, asdict(remembered))
    return remembered.layer(cache, created_by, reused=False)


def find_stack(cache: Cache, key: Digest) -> list[Layer] | None:
    """Return the layers that inputs with the digest *key* gave before, if all are still there."""
    record = cache.recall("stacks", key)
    try:
        rows = [(row.pop("created_by"), Remembered(**row)) for row in (record or {})["layers"]]
    except (KeyError, TypeError, AttributeError):
        return None
    if any(cache.size_of(one.digest) != one.size for _, one in rows):
        return None
    return [one.layer(cache, created_by, reused=True) for created_by, one in rows]


def keep_stack(cache: Cache, key: Digest, layers: Iterable[Layer]) -> None:
    """Remember which layers inputs with the digest *key* gave, lowest first."""
    rows = [
        {
            "digest": layer.blob.descriptor.digest,
            "size": layer.blob.descriptor.size,
            "diff_id": layer.diff_id,
            "uncompressed_size": layer.uncompressed_size,
            "created_by": layer.created_by,
        }
        for layer in layers
    ]
    cache.remember("stacks", key, {"layers": rows})
