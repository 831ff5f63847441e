"""Recomputing everything that an image says of itself."""

from __future__ import annotations

import hashlib
import io
from typing import IO, TYPE_CHECKING

from boxwright.errors import BoxwrightError
from boxwright.image.blob import Blob
from boxwright.image.decompress import PIECE, DamagedStreamError, decompressed
from boxwright.image.image import MAX_LAYERS, Image, Layer
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PACKINGS = {
    **dict.fromkeys(media_type.LAYERS_PLAIN, ""),
    **dict.fromkeys(media_type.LAYERS_GZIP, "gzip"),
    media_type.LAYER_ZSTD: "zstd",
}
"""How a layer is packed, by its media type."""


def validate(image: Image) -> tuple[str, ...]:
    """
    Return what is wrong with *image*, in words; nothing if it is what it says.

    Every blob is read once from front to back, every layer inflated; a few megabytes of
    memory are enough for an image of any size.
    """
    problems = [
        *_check_blob("the manifest", image.manifest),
        *_check_blob("the configuration", image.config),
    ]
    try:
        problems += _check_documents(image)
    except BoxwrightError as error:
        problems.append(error.message)
    if len(image.layers) > MAX_LAYERS:
        problems.append(f"there are {len(image.layers)} layers, more than {MAX_LAYERS}")
    for at, layer in enumerate(image.layers):
        problems += _check_layer(f"layer {at}", layer)
    return tuple(problems)


def _check_documents(image: Image) -> list[str]:
    """Return where manifest, configuration and layers contradict each other."""
    problems = []
    manifest = Manifest.from_dict(parse_document(image.manifest.content, "the manifest"))
    config = parse_document(image.config.content, "the configuration")
    if _key(manifest.config) != _key(image.config.descriptor):
        problems.append("the manifest names another configuration")
    named = [_key(layer) for layer in manifest.layers]
    if named != [_key(layer.blob.descriptor) for layer in image.layers]:
        problems.append("the manifest names other layers")
    diff_ids = config.member("rootfs").member("diff_ids").items()
    if [node.digest() for node in diff_ids] != [layer.diff_id for layer in image.layers]:
        problems.append("the configuration names other diff_ids")
    return problems


def _key(descriptor: Descriptor) -> tuple[str, Digest, int]:
    return descriptor.media_type, descriptor.digest, descriptor.size


def _check_blob(what: str, blob: Blob) -> list[str]:
    with blob.open() as file:
        seen = _Seen(file)
        while seen.read(PIECE):
            pass
    return seen.differences(what, blob.descriptor)


def _check_layer(what: str, layer: Layer) -> list[str]:
    descriptor = layer.blob.descriptor
    try:
        with layer.blob.open() as file:
            seen = _Seen(file)
            problems, unpacked = _unpack(seen, descriptor.media_type)
            while seen.read(PIECE):
                pass
    except BoxwrightError as error:
        return [f"{what}: {error.message}"]
    except OSError as error:
        return [f"{what} cannot be read: {error.strerror or error}"]
    found = seen.differences(what, descriptor)
    found += [f"{what}: {problem}" for problem in problems]
    if unpacked is None:
        return found
    diff_id, size = unpacked
    if diff_id != layer.diff_id:
        found.append(f"{what} has the diff_id {diff_id}, not {layer.diff_id}")
    # An image that was read does not know how large its layers are when unpacked.
    if layer.uncompressed_size not in (0, size):
        found.append(f"{what} unpacks to {size} bytes, not {layer.uncompressed_size}")
    return found


def _unpack(file: _Seen, kind: str) -> tuple[list[str], tuple[str, int] | None]:
    """Return what is wrong with the packing, and digest and size of the tar in *file*."""
    packing = _PACKINGS.get(kind)
    if packing is None:
        return [f"its media type `{kind}` cannot be unpacked here"], None
    result = hashlib.sha256()
    size = 0
    try:
        source = decompressed(file)
        while piece := source.read(PIECE):
            result.update(piece)
            size += len(piece)
    except DamagedStreamError as error:
        return [error.message], None
    problems = list(source.problems)
    if source.packing != packing:
        told = f"is packed by {source.packing}" if source.packing else "is not packed"
        problems.append(f"it {told}, its media type is `{kind}`")
    return problems, (f"sha256:{result.hexdigest()}", size)


class _Seen(io.RawIOBase):
    """A file that counts and hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        piece = self._file.read(len(view))
        self._hash.update(piece)
        self._size += len(piece)
        view[: len(piece)] = piece
        return len(piece)

    def differences(self, what: str, descriptor: Descriptor) -> list[str]:
        """Return how what was read differs from what *descriptor* promises."""
        problems = []
        digest = f"sha256:{self._hash.hexdigest()}"
        if digest != descriptor.digest:
            problems.append(f"{what} has the digest {digest}, not {descriptor.digest}")
        if self._size != descriptor.size:
            problems.append(f"{what} has {self._size} bytes, not {descriptor.size}")
        return problems
