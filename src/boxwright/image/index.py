"""One name for images of several platforms (image-spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boxwright.image.blob import Blob, BytesBlob, bytes_blob
from boxwright.image.image import Image
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIndex:
    """Images of the same thing, each for another platform."""

    manifest: BytesBlob
    """The index itself, as the bytes that have its digest."""
    images: tuple[Image, ...]
    beside: tuple[Blob, ...] = ()
    """
    What else belongs to it: what tells of the images in it, and indexes within it.

    Manifests and indexes are BytesBlobs, and come after what they name.
    """

    @property
    def digest(self) -> Digest:
        """The digest of the index, by which all of it is known."""
        return self.manifest.descriptor.digest

    @property
    def size(self) -> int:
        """The bytes of all layers as they are stored and sent, those that are shared once."""
        blobs = (layer.blob.descriptor for image in self.images for layer in image.layers)
        return sum({blob.digest: blob.size for blob in blobs}.values())


def images_of(content: Image | ImageIndex) -> tuple[Image, ...]:
    """Return the images of an index, or the one that *content* is."""
    return content.images if isinstance(content, ImageIndex) else (content,)


def beside_of(content: Image | ImageIndex) -> tuple[Blob, ...]:
    """Return what belongs to an index besides its images; nothing of an image."""
    return content.beside if isinstance(content, ImageIndex) else ()


def blobs_of(content: Image | ImageIndex) -> dict[Digest, Blob]:
    """Return all that *content* consists of, each once: layers, then documents, and itself last."""
    images = images_of(content)
    layers = [layer.blob for image in images for layer in image.layers]
    documents = [blob for image in images for blob in (image.config, image.manifest)]
    all_: list[Blob] = [*layers, *documents, *beside_of(content), content.manifest]
    return {blob.descriptor.digest: blob for blob in all_}


def make_index(images: Sequence[Image], annotations: Mapping[str, str]) -> ImageIndex:
    """Return the index of *images*, sorted by their platforms: equal images, equal bytes."""
    ordered = tuple(sorted(images, key=lambda image: str(image.platform)))
    entries = [
        replace(image.manifest.descriptor, platform=image.platform.to_dict()).to_dict()
        for image in ordered
    ]
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": media_type.INDEX,
        "manifests": entries,
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return ImageIndex(
        manifest=bytes_blob(media_type.INDEX, canonical_json(document)), images=ordered
    )
