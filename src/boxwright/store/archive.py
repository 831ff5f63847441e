"""
Archives: one tar that is an OCI image layout and what `docker save` writes, both at once.

Of an index the layout has the images for all platforms. What `docker save` writes can be
for one only: it is that of this machine.

`docker load` (20.10 and newer), podman, containerd, skopeo and umoci each find in it
the form that they know: `index.json` or `manifest.json`, which name the same blobs.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import IO

from boxwright.errors import StoreError
from boxwright.image.blob import Blob, BytesBlob
from boxwright.image.entry import directory, file
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, beside_of, images_of
from boxwright.image.tar import END, header, padding
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of, hex_of
from boxwright.oci.manifest import Index
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.progress import Progress, Silent
from boxwright.store.cache import Cache
from boxwright.store.copy import copy_blob, new_file, remove_stale, writing_failed
from boxwright.store.docker_archive import ArchiveFile, Contents, read_docker_archive
from boxwright.store.layout import VERSION, VERSION_FILE, index_entry
from boxwright.store.members import read_members
from boxwright.store.stored import (
    FindBlob,
    Referrer,
    checked_platform,
    chosen,
    distance,
    own_platform,
    read_image,
    referrers_in,
    whole_of,
)
from boxwright.store.verified import StoredBlob

_RECORDS = "archive"


def write(
    path: Path,
    image: Image | ImageIndex,
    reference: str | None,
    *,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> int:
    """
    Write *image* as the archive *path*, and return how many bytes were written.

    The file appears whole or not at all. Where *cache* remembers that *path* is this
    very archive already, and it was not touched since, nothing is written. What is no
    ordinary file (a pipe, a device) is written to as it is.
    """
    path = path.resolve()
    front = _front(image, reference)
    if path.is_dir():
        raise StoreError(
            f"`{path}` is a folder, an archive is one file", hint="name a file in that folder"
        )
    if cache is not None and _is_current(path, front, cache):
        return 0
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as stream:
                return write_to(stream, image, reference, progress=progress)
        except OSError as error:
            raise writing_failed(path, error) from error
    remove_stale(path.parent)
    with new_file(path) as stream:
        written = write_to(stream, image, reference, progress=progress)
    if cache is not None:
        cache.remember(_RECORDS, _key(path), _state(path, front))
    return written


def write_to(
    stream: IO[bytes],
    image: Image | ImageIndex,
    reference: str | None,
    *,
    skip_layers: Set[Digest] = frozenset(),
    progress: Progress | None = None,
    task: str = "write the archive",
) -> int:
    """
    Write the archive of *image* to *stream*, front to back; return how many bytes it has.

    Without the layers whose blobs are *skip_layers* it is only what `docker load` needs
    that has those layers already; then *image* is none of several.
    """
    layers = _layers(image, skip_layers)
    front = _front(image, reference, partial=bool(skip_layers))
    total = len(front) + len(END)
    for blob in layers:
        size = blob.descriptor.size
        total += len(_blob_header(blob)) + size + padding(size)
    progress = progress or Silent()
    progress.start(task, total)

    def advance(amount: int) -> None:
        progress.advance(task, amount)

    stream.write(front)
    advance(len(front))
    for blob in layers:
        _write_blob(stream, blob, advance)
    stream.write(END)
    stream.flush()
    progress.finish(task)
    return total


def read(path: Path, reference: str | None = None, *, platform: Platform | None = None) -> Image:
    """
    Return the image that *reference* names in the archive *path*, or the only one in it.

    OCI archives and those of `docker save` are understood, not packed as a whole. Documents are
    checked here, layers when they are read to their end, from where they lie in *path*; a
    layer that is missing is an error then.
    """
    contents = ArchiveFile(path, read_members(path))
    if "index.json" not in contents.members:
        return checked_platform(read_docker_archive(contents, reference), platform, contents.place)
    index = Index.from_dict(contents.document("index.json"))
    find = finder(contents)
    return read_image(index, find, reference=reference, platform=platform, place=contents.place)


def read_whole(path: Path, reference: str | None = None) -> Image | ImageIndex:
    """Return what *reference* names in the archive *path*, with all platforms that are there."""
    contents = ArchiveFile(path, read_members(path))
    if "index.json" not in contents.members:
        return read_docker_archive(contents, reference)
    index = Index.from_dict(contents.document("index.json"))
    find = finder(contents)
    top = chosen(index, find, reference, contents.place)
    return whole_of(top, find, place=contents.place, may_lack=True)


def read_referrers(path: Path, digest: Digest) -> tuple[Referrer, ...]:
    """Return what the archive *path* has to tell of its image *digest*."""
    contents = ArchiveFile(path, read_members(path))
    if "index.json" not in contents.members:
        return ()
    index = Index.from_dict(contents.document("index.json"))
    return referrers_in(index, finder(contents), digest)


def finder(contents: Contents) -> FindBlob:
    """Return what finds the blobs of the OCI archive *contents*."""

    def find(descriptor: Descriptor) -> StoredBlob:
        name = f"blobs/sha256/{hex_of(descriptor.digest)}"
        size = contents.size(name)
        if size != descriptor.size:
            how = "lacks" if size is None else "has another size for"
            raise StoreError(
                f"{contents.place} {how} the blob {descriptor.digest}",
                hint="the archive is damaged or was made in part; make it again",
            )
        return contents.blob(descriptor, name)

    return find


def _front(image: Image | ImageIndex, reference: str | None, *, partial: bool = False) -> bytes:
    """Return the archive up to its first layer: all documents, so that readers find them early."""
    stream = io.BytesIO()

    def add(name: str, content: bytes) -> None:
        stream.write(header(file(name, len(content))) + content + bytes(padding(len(content))))

    if not partial:
        add(VERSION_FILE, VERSION)
        index = Index(manifests=(index_entry(image, reference),))
        add("index.json", canonical_json(index.to_dict()))
    images = images_of(image)
    add("manifest.json", _docker_manifest(_own(images), reference))
    for name in ("blobs", "blobs/sha256"):
        stream.write(header(directory(name)))
    documents = [blob for each in images for blob in (each.manifest, each.config)]
    if isinstance(image, ImageIndex):
        documents.insert(0, image.manifest)
    for blob in [images[0].config] if partial else documents:
        _write_blob(stream, blob, lambda _: None)
    return stream.getvalue()


def _own(images: Sequence[Image]) -> Image:
    """Return that of *images* which containers of this machine can be of, or else the first."""
    wanted = own_platform()
    ranked = [
        (far, at)
        for at, image in enumerate(images)
        if (far := distance(wanted, image.platform)) is not None
    ]
    return images[min(ranked)[1] if ranked else 0]


def _docker_manifest(image: Image, reference: str | None) -> bytes:
    """Return `manifest.json` (Docker Image Specification v1.2, "Combined Image JSON")."""
    return canonical_json(
        [
            {
                "Config": _name(image.config),
                "RepoTags": [parse_reference(reference).familiar] if reference else None,
                "Layers": [_name(layer.blob) for layer in image.layers],
            }
        ]
    )


def _layers(image: Image | ImageIndex, skip: Set[Digest]) -> list[Blob]:
    """Return the blobs of the layers, and what else an index has, each once."""
    layers = [layer.blob for each in images_of(image) for layer in each.layers]
    blobs = {blob.descriptor.digest: blob for blob in (*layers, *beside_of(image))}
    return [blob for digest, blob in blobs.items() if digest not in skip]


def _name(blob: Blob) -> str:
    return f"blobs/sha256/{hex_of(blob.descriptor.digest)}"


def _blob_header(blob: Blob) -> bytes:
    return header(file(_name(blob), blob.descriptor.size))


def _write_blob(stream: IO[bytes], blob: Blob, advance: Callable[[int], object]) -> None:
    before, after = _blob_header(blob), bytes(padding(blob.descriptor.size))
    stream.write(before)
    if isinstance(blob, BytesBlob):
        stream.write(blob.content)
        advance(blob.descriptor.size)
    else:
        copy_blob(blob, stream, advance)
    stream.write(after)
    advance(len(before) + len(after))


def _key(path: Path) -> Digest:
    return digest_of(os.fsencode(path))


def _state(path: Path, front: bytes) -> dict[str, object]:
    found = path.stat()
    return {
        "front": digest_of(front),
        "size": found.st_size,
        "inode": found.st_ino,
        "mtime_ns": found.st_mtime_ns,
        "ctime_ns": found.st_ctime_ns,
    }


def _is_current(path: Path, front: bytes, cache: Cache) -> bool:
    """Return whether *path* is still what was written there, and that began with *front*."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        return cache.recall(_RECORDS, _key(path)) == _state(path, front)
    except OSError:
        return False
