"""
What `docker save` writes, read as an Image (Docker Image Specification v1.2).

Such an archive names no digest of a manifest, and none of a packed layer: the manifest
is made here, and layers are read once where their names do not say what they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boxwright.errors import StoreError
from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, parse_digest
from boxwright.oci.document import Node
from boxwright.oci.manifest import Manifest
from boxwright.oci.reference import parse_reference
from boxwright.store.copy import reading_failed
from boxwright.store.members import Member, read_document
from boxwright.store.stored import image_from
from boxwright.store.verified import StoredBlob, VerifiedBlob

MANIFEST = "manifest.json"

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class Contents(Protocol):
    """An archive whose members can be told apart by their names."""

    @property
    def place(self) -> str:
        """What errors call it."""
        ...

    def document(self, name: str) -> Node:
        """Return the JSON document *name*; StoreError where it is missing or broken."""
        ...

    def size(self, name: str) -> int | None:
        """Return the size of the member *name*; None where there is none."""
        ...

    def start(self, name: str) -> bytes:
        """Return the first bytes of the member *name*, which is there."""
        ...

    def digest(self, name: str) -> Digest:
        """Return the digest of the member *name*, which is there, as its bytes have it."""
        ...

    def blob(self, descriptor: Descriptor, name: str) -> StoredBlob:
        """Return the member *name*, which is there, as the blob *descriptor*."""
        ...


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """The archive in the file *path*."""

    path: Path
    members: Mapping[str, Member]

    @property
    def place(self) -> str:
        """What errors call it."""
        return f"the archive `{self.path}`"

    def document(self, name: str) -> Node:
        """Return the JSON document *name*; StoreError where it is missing or broken."""
        return read_document(self.path, self.members, name)

    def size(self, name: str) -> int | None:
        """Return the size of the member *name*; None where there is none."""
        member = self.members.get(name)
        return member.size if member else None

    def start(self, name: str) -> bytes:
        """Return the first bytes of the member *name*, which is there."""
        member = self.members[name]
        try:
            with self.path.open("rb") as file:
                file.seek(member.offset)
                return file.read(min(member.size, len(_ZSTD)))
        except OSError as error:
            raise reading_failed(str(self.path), error) from error

    def digest(self, name: str) -> Digest:
        """Return the digest of the member *name*, which is there, as its bytes have it."""
        member = self.members[name]
        result = hashlib.sha256()
        left = member.size
        try:
            with self.path.open("rb") as file:
                file.seek(member.offset)
                while left and (piece := file.read(min(1 << 20, left))):
                    result.update(piece)
                    left -= len(piece)
        except OSError as error:
            raise reading_failed(str(self.path), error) from error
        return Digest(f"sha256:{result.hexdigest()}")

    def blob(self, descriptor: Descriptor, name: str) -> VerifiedBlob:
        """Return the member *name*, which is there, as the blob *descriptor*."""
        place = f"`{name}` in {self.place}"
        return VerifiedBlob(descriptor, self.path, place, self.members[name].offset)


def read_docker_archive(archive: Contents, reference: str | None) -> Image:
    """Return the image that *reference* names in *archive*, or the only one in it."""
    entry = _chosen(archive.document(MANIFEST), reference, archive)
    config_node = entry.member("Config")
    name = config_node.text()
    size = archive.size(name)
    if size is None:
        raise config_node.wrong(f"names `{name[:80]}`, which is not in the archive")
    digest = _named_digest(name) or archive.digest(name)
    config = Descriptor(media_type=media_type.CONFIG, digest=digest, size=size)
    diff_ids = [
        node.digest() for node in archive.document(name).member("rootfs").member("diff_ids").items()
    ]
    names: dict[Digest, str] = {config.digest: name}
    layers = []
    for at, node in enumerate(entry.member("Layers").items()):
        diff_id = diff_ids[at] if at < len(diff_ids) else None
        layers.append(_layer(archive, node, diff_id))
        names.setdefault(layers[-1].digest, node.text())
    manifest = Manifest(config=config, layers=tuple(layers))

    def find(descriptor: Descriptor) -> StoredBlob:
        member = names[descriptor.digest]
        if archive.size(member) is None:
            raise StoreError(
                f"{archive.place} lacks the layer `{member[:80]}`",
                hint="the archive is damaged or was made in part; make it again",
            )
        return archive.blob(descriptor, member)

    content = canonical_json(manifest.to_dict())
    return image_from(bytes_blob(media_type.MANIFEST, content), manifest, find)


def _chosen(document: Node, reference: str | None, archive: Contents) -> Node:
    entries = document.items()
    names = [[tag.text() for tag in _tags(entry)] for entry in entries]
    if reference is not None:
        entries = tuple(
            entry
            for entry, tags in zip(entries, names, strict=True)
            if _is_named(reference, entry, tags)
        )
    if len(entries) == 1:
        return entries[0]
    there = [name for tags in names for name in tags][:20]
    listed = ", ".join(f"`{name}`" for name in there) or "nothing with a name"
    what = f"{len(entries)} images"
    if not entries:
        what = f"no image `{reference}`" if reference else "no image"
    raise StoreError(f"{archive.place} holds {what}", hint=f"name one of {listed}")


def _is_named(reference: str, entry: Node, tags: list[str]) -> bool:
    """Return whether *reference* is a name of *entry*, or the digest of its configuration."""
    if reference.startswith("sha256:"):
        return _named_digest(entry.member("Config").text()) == reference
    wanted = str(parse_reference(reference))
    return wanted in {str(parse_reference(tag)) for tag in tags}


def _tags(entry: Node) -> tuple[Node, ...]:
    tags = entry.get("RepoTags")
    return tags.items() if tags else ()


def _layer(archive: Contents, node: Node, diff_id: Digest | None) -> Descriptor:
    name = node.text()
    size = archive.size(name)
    if size is None:
        # Partial archives are what an engine needs that has the layers below already.
        digest = _named_digest(name) or diff_id
        if digest is None:
            raise node.wrong(f"names `{name[:80]}`, which is not in the archive")
        return Descriptor(media_type=media_type.LAYER, digest=digest, size=0)
    start = archive.start(name)
    kind = media_type.LAYER
    if start.startswith(_GZIP):
        kind = media_type.LAYER_GZIP
    elif start.startswith(_ZSTD):
        kind = media_type.LAYER_ZSTD
    # The digest of a plain tar is its diff_id, which is checked when it is read.
    promised = diff_id if kind == media_type.LAYER else _named_digest(name)
    return Descriptor(media_type=kind, digest=promised or archive.digest(name), size=size)


def _named_digest(name: str) -> Digest | None:
    """Return the digest that *name* (`<hex>.json`, `blobs/sha256/<hex>`) promises."""
    last = name.rpartition("/")[2].removesuffix(".json").removesuffix(".tar")
    try:
        return parse_digest(f"sha256:{last}")
    except ValueError:
        return None
