"""What is remembered of layers, by the digests of their tars."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
from isal import isal_zlib

from boxwright.errors import StoreError
from boxwright.image.compression import DAMAGED
from boxwright.oci.digest import Digest, hex_of
from boxwright.scan.layer_index import LayerIndex
from boxwright.scan.lookers import fingerprint
from boxwright.store.cache import Cache

_KIND = "layers"
_FASTEST = 1


def recall(cache: Cache, diff_id: Digest) -> LayerIndex | None:
    """Return what is remembered of the layer with *diff_id*; None where that is nothing, or old."""
    try:
        content = _path(cache, diff_id).read_bytes()
    except OSError:
        return None
    current = fingerprint()
    if not content.startswith(current):
        return None
    try:
        unpacked = isal_zlib.decompress(memoryview(content)[len(current) :])
        index = msgspec.msgpack.decode(unpacked, type=LayerIndex)
    except (DAMAGED, msgspec.MsgspecError):
        return None
    return index if index.diff_id == diff_id else None


def remember(cache: Cache, index: LayerIndex) -> None:
    """Keep *index*, whose tar was read to its end; a cache that cannot be written is no matter."""
    path = _path(cache, Digest(index.diff_id))
    packed = isal_zlib.compress(msgspec.msgpack.encode(index), _FASTEST)
    # What is kept of a layer may hold the hashes of passwords.
    with contextlib.suppress(OSError, StoreError), cache.temporary() as temporary:
        temporary.chmod(0o600)
        temporary.write_bytes(fingerprint() + packed)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.rename(path)


def _path(cache: Cache, diff_id: Digest) -> Path:
    return cache.root / "records" / _KIND / hex_of(diff_id)
