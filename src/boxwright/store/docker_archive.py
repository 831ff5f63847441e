"""
What `docker save` writes, read as an Image (Docker Image Specification v1.2).

Such an archive names no digest of a manifest, and none of a packed layer: the manifest
is made here, and layers are read once where their names do not say what they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

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
from boxwright.store.verified import VerifiedBlob

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def read_docker_archive(path: Path, members: Mapping[str, Member], reference: str | None) -> Image:
    """Return the image that *reference* names in the tar *path*, or the only one in it."""
    entry = _chosen(read_document(path, members, "manifest.json"), reference, path)
    config_node = entry.member("Config")
    try:
        with path.open("rb") as file:
            config = _blob(path, file, members, config_node, media_type.CONFIG)
            diff_ids = _diff_ids(read_document(path, members, config_node.text()))
            layers = [
                _layer(path, file, members, name, diff_ids.get(at))
                for at, name in enumerate(entry.member("Layers").items())
            ]
    except OSError as error:
        raise reading_failed(str(path), error) from error
    manifest = Manifest(
        config=config.descriptor, layers=tuple(layer.descriptor for layer in layers)
    )
    blobs = {blob.descriptor.digest: blob for blob in (config, *layers)}
    content = canonical_json(manifest.to_dict())
    return image_from(
        bytes_blob(media_type.MANIFEST, content),
        manifest,
        lambda descriptor: blobs[descriptor.digest],
    )


def _chosen(document: Node, reference: str | None, path: Path) -> Node:
    entries = document.items()
    names = [[tag.text() for tag in _tags(entry)] for entry in entries]
    if reference is not None:
        wanted = str(parse_reference(reference))
        entries = tuple(
            entry
            for entry, tags in zip(entries, names, strict=True)
            if wanted in {str(parse_reference(tag)) for tag in tags}
        )
    if len(entries) == 1:
        return entries[0]
    listed = ", ".join(f"`{name}`" for tags in names for name in tags) or "nothing with a name"
    what = f"{len(entries)} images"
    if not entries:
        what = f"no image `{reference}`" if reference else "no image"
    raise StoreError(f"the archive `{path}` holds {what}", hint=f"name one of {listed}")


def _tags(entry: Node) -> tuple[Node, ...]:
    tags = entry.get("RepoTags")
    return tags.items() if tags else ()


def _diff_ids(config: Node) -> dict[int, Digest]:
    nodes = config.member("rootfs").member("diff_ids").items()
    return {at: node.digest() for at, node in enumerate(nodes)}


def _layer(
    path: Path,
    file: IO[bytes],
    members: Mapping[str, Member],
    name: Node,
    diff_id: Digest | None,
) -> VerifiedBlob:
    member = _member(members, name)
    file.seek(member.offset)
    start = file.read(min(member.size, len(_ZSTD)))
    if start.startswith(_GZIP):
        return _blob(path, file, members, name, media_type.LAYER_GZIP)
    if start == _ZSTD:
        return _blob(path, file, members, name, media_type.LAYER_ZSTD)
    # The digest of a plain tar is its diff_id, which is checked when it is read.
    return _blob(path, file, members, name, media_type.LAYER, diff_id)


def _blob(
    path: Path,
    file: IO[bytes],
    members: Mapping[str, Member],
    name: Node,
    kind: str,
    digest: Digest | None = None,
) -> VerifiedBlob:
    member = _member(members, name)
    digest = digest or _named_digest(name.text()) or _computed_digest(file, member)
    descriptor = Descriptor(media_type=kind, digest=digest, size=member.size)
    place = f"`{name.text()}` in the archive `{path}`"
    return VerifiedBlob(descriptor, path, place, member.offset)


def _member(members: Mapping[str, Member], name: Node) -> Member:
    member = members.get(name.text())
    if member is None:
        raise name.wrong(f"names `{name.text()[:80]}`, which is not in the archive")
    return member


def _named_digest(name: str) -> Digest | None:
    """Return the digest that *name* (`<hex>.json`, `blobs/sha256/<hex>`) promises."""
    last = name.rpartition("/")[2].removesuffix(".json").removesuffix(".tar")
    try:
        return parse_digest(f"sha256:{last}")
    except ValueError:
        return None


def _computed_digest(file: IO[bytes], member: Member) -> Digest:
    file.seek(member.offset)
    result = hashlib.sha256()
    left = member.size
    while left:
        piece = file.read(min(1 << 20, left))
        if not piece:
            break
        result.update(piece)
        left -= len(piece)
    return Digest(f"sha256:{result.hexdigest()}")
