"""
OCI image layouts: a folder with `oci-layout`, `index.json` and blobs (image-spec, image-layout.md).

A layout can hold several images; each has a name in `index.json`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, blobs_of
from boxwright.oci import media_type
from boxwright.oci.annotations import CONTAINERD_NAME, REF_NAME, REFERRERS
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, hex_of, parse_digest
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.oci.manifest import Index, Manifest
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.progress import Progress, Silent
from boxwright.store.copy import (
    TEMPORARY,
    copy_blob,
    new_file,
    reading_failed,
    write_file,
    writing_failed,
)
from boxwright.store.stored import (
    FindBlob,
    Referrer,
    chosen,
    read_image,
    referrers_in,
    whole_of,
)
from boxwright.store.verified import VerifiedBlob

VERSION_FILE = "oci-layout"
VERSION = canonical_json({"imageLayoutVersion": "1.0.0"})
"""What that file holds."""


def write(
    folder: Path,
    image: Image | ImageIndex,
    reference: str | None,
    *,
    verify: bool = False,
    progress: Progress | None = None,
) -> int:
    """
    Write *image* into the layout *folder*, and return how many bytes of blobs were new.

    Of an index all images are written, and only the index gets the name. The folder is made if need be. Other images in it stay; one of the same name is
    replaced, and the blobs that only it had are removed. Blobs that are there already
    are not written again; *verify* has them read and compared. `index.json` comes last,
    in one step: whoever reads the layout sees the image that was there or the new one.
    """
    entry = index_entry(image, reference)
    with _locked(folder) as made:
        _check(folder)
        with _undone_on_failure(folder, image.digest, made=made) as added:
            index = _raw_index(folder)
            _write_if_other(folder / VERSION_FILE, VERSION)
            copied = _write_blobs(folder, image, added, verify=verify, progress=progress)
            replaced = _put(index["manifests"], entry)
            _write_if_other(folder / "index.json", canonical_json(index))
        _remove_unreachable(folder, index, replaced)
    return copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that tells something of an image: its SBOM, its provenance."""

    media_type: str
    """`application/vnd.cyclonedx+json`: of the document, and of the manifest that names it."""
    content: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)
    subject: Descriptor | None = None
    """The manifest that it tells of, where that is another than what it is attached to."""


EMPTY = bytes_blob(media_type.EMPTY, b"{}")
"""The configuration of a manifest that is no image."""


def make_referrer(subject: Descriptor, attachment: Attachment) -> tuple[BytesBlob, BytesBlob]:
    """
    Return the document of *attachment*, and the manifest that says that it tells of *subject*.

    The manifest's configuration is EMPTY.
    """
    document = bytes_blob(attachment.media_type, attachment.content)
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.MANIFEST,
        "artifactType": attachment.media_type,
        "config": EMPTY.descriptor.to_dict(),
        "layers": [document.descriptor.to_dict()],
        "subject": Descriptor(
            media_type=subject.media_type, digest=subject.digest, size=subject.size
        ).to_dict(),
    }
    if attachment.annotations:
        manifest["annotations"] = dict(attachment.annotations)
    return document, bytes_blob(media_type.MANIFEST, canonical_json(manifest))


def referrer_entry(manifest: BytesBlob, attachment: Attachment) -> dict[str, Any]:
    """Return how an index of what tells of an image lists *manifest*, made of *attachment*."""
    entry = {**manifest.descriptor.to_dict(), "artifactType": attachment.media_type}
    if attachment.annotations:
        entry["annotations"] = dict(attachment.annotations)
    return entry


def attach(
    folder: Path, image: Image | ImageIndex | Descriptor, attachments: Sequence[Attachment]
) -> None:
    """
    Make *attachments* what the layout *folder* tells of its *image*, instead of what it told.

    Those of an index may have its images for their subjects. Each becomes a manifest with the
    image as its `subject` (image-spec, manifest.md, "Guidelines for Artifact Usage"). Nothing
    is written where all of it is there already. They go when the image is replaced.
    """
    subject = image if isinstance(image, Descriptor) else image.manifest.descriptor
    blobs, listed = _referring(subject, attachments)
    told = {REFERRERS: listed.digest} if attachments else {}
    with _locked(folder):
        _check(folder)
        index = _raw_index(folder)
        entries = [raw for raw in index["manifests"] if raw["digest"] == subject.digest]
        if not entries:
            raise StoreError(
                f"the layout `{folder}` holds no image {subject.digest}",
                hint="write the image before what tells of it",
            )
        replaced = [
            descriptor
            for descriptor in Index.from_dict(
                Node({"schemaVersion": 2, "manifests": entries}, "index.json")
            ).manifests
            if descriptor.annotations.get(REFERRERS) not in (None, told.get(REFERRERS))
        ]
        for entry in entries:
            others = dict(entry.get("annotations") or {})
            others.pop(REFERRERS, None)
            entry["annotations"] = others | told
        with _undone_on_failure(folder, listed.digest, made=False) as added:
            for blob in blobs if attachments else ():
                path = _blob_path(folder, blob.descriptor.digest)
                if not _is_there(folder, blob.descriptor, verify=False):
                    if not path.exists():
                        added.append(path)
                    write_file(path, blob.content)
            _write_if_other(folder / "index.json", canonical_json(index))
        _remove_unreachable(folder, index, replaced)


def _referring(
    subject: Descriptor, attachments: Sequence[Attachment]
) -> tuple[list[BytesBlob], Descriptor]:
    """Return the blobs that tell of *subject*, or of parts of it, and the index that lists them."""
    blobs = [EMPTY]
    entries = []
    for attachment in attachments:
        document, manifest = make_referrer(attachment.subject or subject, attachment)
        blobs += [document, manifest]
        entries.append(referrer_entry(manifest, attachment))
    index = {"schemaVersion": 2, "mediaType": media_type.INDEX, "manifests": entries}
    listing = bytes_blob(media_type.INDEX, canonical_json(index))
    return [*blobs, listing], listing.descriptor


def read(folder: Path, reference: str | None = None, *, platform: Platform | None = None) -> Image:
    """
    Return the image that *reference* names in the layout *folder*, or the only one in it.

    Manifest and configuration are checked here, layers when they are read to their end; a
    layer that is missing is an error then.
    """
    index = _index_of(folder)
    place = f"the layout `{folder}`"
    return read_image(index, _finder(folder), reference=reference, platform=platform, place=place)


def read_whole(folder: Path, reference: str | None = None) -> Image | ImageIndex:
    """Return what *reference* names in the layout *folder*, with all platforms that are there."""
    place = f"the layout `{folder}`"
    return whole_of(find(folder, reference), _finder(folder), place=place, may_lack=True)


def find(folder: Path, reference: str | None = None) -> Descriptor:
    """Return the image or index that *reference* names in the layout *folder*, or the only one."""
    return chosen(_index_of(folder), _finder(folder), reference, f"the layout `{folder}`")


def blob(folder: Path, descriptor: Descriptor) -> VerifiedBlob:
    """Return the blob *descriptor* of the layout *folder*; StoreError where it is missing."""
    return _blob(folder, descriptor)


def entries(folder: Path) -> tuple[Descriptor, ...]:
    """Return what the layout *folder* lists: images, and whatever else has a name in it."""
    return _index_of(folder).manifests


def read_referrers(folder: Path, digest: Digest) -> tuple[Referrer, ...]:
    """Return what the layout *folder* has to tell of its image *digest*."""
    index, find = _index_of(folder), _finder(folder)
    found = {each.descriptor.digest: each for each in referrers_in(index, find, digest)}
    for entry in index.manifests:
        # What tells of one platform's image is listed beside the index that has it.
        if entry.digest != digest and entry.media_type not in media_type.INDEXES:
            continue
        # Who cleans a layout up may have removed what it does not know to be needed.
        with contextlib.suppress(StoreError):
            for descriptor in _listings(folder, entry):
                blob = _blob(folder, descriptor)
                listed = Index.from_dict(parse_document(blob.read(), blob.place))
                for each in referrers_in(listed, find, digest):
                    found.setdefault(each.descriptor.digest, each)
    return tuple(found.values())


def is_layout(folder: Path) -> bool:
    """Return whether *folder* is an OCI image layout."""
    return (folder / VERSION_FILE).is_file()


def index_entry(image: Image | ImageIndex, reference: str | None) -> Descriptor:
    """Return how *image* is listed in an `index.json`, under the name *reference*."""
    names: dict[str, str] = {}
    if reference is not None:
        parsed = parse_reference(reference)
        if parsed.digest:
            raise StoreError(
                f"`{reference}` has a digest, which an image cannot be given",
                hint="name the image `name:tag`",
            )
        names = {CONTAINERD_NAME: str(parsed), REF_NAME: parsed.tag}
    manifest = image.manifest.descriptor
    return Descriptor(
        media_type=manifest.media_type,
        digest=manifest.digest,
        size=manifest.size,
        annotations=names,
        platform=image.platform.to_dict() if isinstance(image, Image) else None,
    )


def _index_of(folder: Path) -> Index:
    if not is_layout(folder):
        raise StoreError(
            f"`{folder}` is no OCI image layout: it has no file `{VERSION_FILE}`",
            hint="name a folder that was written with `--output`",
        )
    _check(folder)
    return Index.from_dict(_document(folder / "index.json"))


def _finder(folder: Path) -> FindBlob:
    def find(descriptor: Descriptor) -> VerifiedBlob:
        return _blob(folder, descriptor)

    return find


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Have *folder* to ourselves, made if need be; give whether it was made."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(
            f"`{folder}` cannot be a folder: there is a file in the way",
            hint="remove it, or name one file that ends in `.tar`",
        ) from error
    except OSError as error:
        raise writing_failed(folder, error) from error
    try:
        # Some network file systems know no locks; two builds into one folder are rare.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield made
    finally:
        os.close(handle)


@contextlib.contextmanager
def _undone_on_failure(folder: Path, digest: Digest, *, made: bool) -> Iterator[list[Path]]:
    """Give a list; the files in it are removed if the block ends before *digest* is listed."""
    added: list[Path] = []
    try:
        yield added
    finally:
        index = folder / "index.json"
        if not index.exists() or digest.encode() not in index.read_bytes():
            for path in added:
                path.unlink(missing_ok=True)
            if made:
                (folder / VERSION_FILE).unlink(missing_ok=True)
                for path in (folder / "blobs" / "sha256", folder / "blobs", folder):
                    with contextlib.suppress(OSError):
                        path.rmdir()


def _check(folder: Path) -> None:
    """Raise StoreError unless *folder* is a layout or has nothing in it."""
    if is_layout(folder):
        version = _document(folder / VERSION_FILE).member("imageLayoutVersion")
        if not version.text().startswith("1."):
            raise version.unexpected("version `1.0.0`")
        return
    try:
        found = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise reading_failed(str(folder), error) from error
    for name in found:
        if not name.startswith(TEMPORARY):
            raise StoreError(
                f"the folder `{folder}` is not empty and no OCI image layout: it holds `{name}`",
                hint="write to a new folder, or empty this one",
            )


def _document(path: Path) -> Node:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise reading_failed(str(path), error) from error
    return parse_document(content, f"`{path}`")


def _raw_index(folder: Path) -> dict[str, Any]:
    """Return `index.json`, with whatever other programs put there; an empty one if it is not."""
    path = folder / "index.json"
    if not path.exists():
        return Index().to_dict()
    document = _document(path)
    Index.from_dict(document)
    raw: dict[str, Any] = document.value
    return raw


def _put(manifests: list[dict[str, Any]], entry: Descriptor) -> list[Descriptor]:
    """Put *entry* among *manifests* in place of those with its name, and return these."""

    def name(raw: dict[str, Any]) -> object:
        return (raw.get("annotations") or {}).get(REF_NAME)

    new = entry.to_dict()
    same = [at for at, raw in enumerate(manifests) if name(raw) == name(new)]
    for raw in manifests:
        # What tells of an image tells of it under every name.
        told = (raw.get("annotations") or {}).get(REFERRERS)
        if told is not None and raw["digest"] == entry.digest:
            new["annotations"] = {**new.get("annotations", {}), REFERRERS: told}
    replaced = Index.from_dict(
        Node({"schemaVersion": 2, "manifests": [manifests[at] for at in same]}, "index.json")
    ).manifests
    if same:
        manifests[same[0]] = new
        for at in reversed(same[1:]):
            del manifests[at]
    else:
        manifests.append(new)
    return [descriptor for descriptor in replaced if descriptor.digest != entry.digest]


def _write_blobs(
    folder: Path,
    image: Image | ImageIndex,
    added: list[Path],
    *,
    verify: bool,
    progress: Progress | None,
) -> int:
    progress = progress or Silent()
    place = folder / "blobs" / "sha256"
    try:
        place.mkdir(parents=True, exist_ok=True)
        # The lock is ours, so these are of builds that were killed.
        for path in (*folder.glob(f"{TEMPORARY}*"), *place.glob(f"{TEMPORARY}*")):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise writing_failed(place, error) from error
    missing = {
        digest: blob
        for digest, blob in blobs_of(image).items()
        if not _is_there(folder, blob.descriptor, verify=verify)
    }
    total = sum(blob.descriptor.size for blob in missing.values())
    task = f"write {folder}"
    progress.start(task, total)
    for digest, blob in missing.items():
        path = place / hex_of(digest)
        if not path.exists():
            added.append(path)
        with new_file(path) as file:
            copy_blob(blob, file, lambda amount: progress.advance(task, amount))
    progress.finish(task)
    return total


def _is_there(folder: Path, descriptor: Descriptor, *, verify: bool) -> bool:
    path = _blob_path(folder, descriptor.digest)
    try:
        if path.stat().st_size != descriptor.size:
            return False
    except OSError:
        return False
    if verify:
        try:
            with _blob(folder, descriptor).open() as file:
                while file.read(1 << 20):
                    pass
        except StoreError:
            return False
    return True


def _remove_unreachable(folder: Path, index: dict[str, Any], replaced: list[Descriptor]) -> None:
    """Remove the blobs of *replaced* that no image in *index* has."""
    try:
        keep = _reachable(folder, Index.from_dict(Node(index, "index.json")).manifests)
    except StoreError:
        return  # who cannot tell what is needed removes nothing
    for descriptor in replaced:
        # What is gone or damaged already leaves what it named behind.
        with contextlib.suppress(StoreError):
            for digest in _reachable(folder, (descriptor,)) - keep:
                _blob_path(folder, digest).unlink(missing_ok=True)


def _reachable(folder: Path, descriptors: tuple[Descriptor, ...]) -> set[Digest]:
    """Return the digests of *descriptors* and of all that they name; StoreError if one is gone."""
    found: set[Digest] = set()
    waiting = list(descriptors)
    while waiting:
        descriptor = waiting.pop()
        if descriptor.digest in found:
            continue
        found.add(descriptor.digest)
        waiting += _listings(folder, descriptor)
        if descriptor.media_type in media_type.INDEXES:
            blob = _blob(folder, descriptor)
            waiting += Index.from_dict(parse_document(blob.read(), blob.place)).manifests
        elif descriptor.media_type in media_type.MANIFESTS:
            blob = _blob(folder, descriptor)
            manifest = Manifest.from_dict(parse_document(blob.read(), blob.place))
            waiting += (manifest.config, *manifest.layers)
    return found


def _listings(folder: Path, descriptor: Descriptor) -> list[Descriptor]:
    """Return the index of what tells of the image *descriptor*; none where it is not there."""
    try:
        digest = parse_digest(descriptor.annotations.get(REFERRERS, ""))
        size = _blob_path(folder, digest).stat().st_size
    except (ValueError, OSError):
        return []
    return [Descriptor(media_type=media_type.INDEX, digest=digest, size=size)]


def _blob(folder: Path, descriptor: Descriptor) -> VerifiedBlob:
    path = _blob_path(folder, descriptor.digest)
    if not path.is_file():
        raise StoreError(
            f"the layout `{folder}` lacks the blob {descriptor.digest}",
            hint="the layout is damaged or was copied in part; write it again",
        )
    return VerifiedBlob(descriptor, path, f"`{path}`")


def _blob_path(folder: Path, digest: Digest) -> Path:
    return folder / "blobs" / "sha256" / hex_of(digest)


def _write_if_other(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_file(path, content)
