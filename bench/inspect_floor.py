"""The least that reading an image takes: unpack, hash as stored and as unpacked, walk the tars."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from boxwright.image.decompress import decompressed
from boxwright.image.walk import Walk
from boxwright.store import archive, layout


def main() -> str | None:
    """Read the layout or archive that the command line names; return what is wrong, if anything."""
    path = Path(sys.argv[1])
    image = layout.read(path) if path.is_dir() else archive.read(path)
    members = 0
    for layer in image.layers:
        blob = layer.blob
        with blob.path.open("rb", buffering=0) as file:
            file.seek(blob.offset or 0)
            stored = _Hashed(file.read, blob.descriptor.size)
            source = decompressed(stored)
            tar = _Hashed(source.read) if source.packing else stored
            walk = Walk(tar.read if source.packing else source.read)
            while walk.next() is not None:
                members += 1
            walk.finish()
        if (stored.digest, tar.digest) != (blob.descriptor.digest, layer.diff_id):
            return f"{layer.diff_id} is not what it says"
    print(members)
    return None


class _Hashed:
    """Hashes what *read* gives, of which *left* bytes are asked for."""

    def __init__(self, read: Callable[[int], bytes], left: int = sys.maxsize) -> None:
        self._read = read
        self._left = left
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int, /) -> bytes:
        piece = self._read(min(size, self._left))
        self._left -= len(piece)
        self._hash.update(piece)
        return piece


if __name__ == "__main__":
    sys.exit(main())
