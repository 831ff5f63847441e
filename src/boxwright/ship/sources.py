"""What is to be pushed, wherever it is now: a layout, an archive, an engine, another registry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, FileBlob, bytes_blob
from boxwright.image.compression import member
from boxwright.image.image import Image, Layer
from boxwright.image.index import ImageIndex
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Index, Manifest
from boxwright.oci.platform import Platform
from boxwright.progress import Progress, Silent
from boxwright.ship.push import Shipment
from boxwright.store import archive, layout
from boxwright.store.cache import Cache
from boxwright.store.layout import Attachment
from boxwright.store.open import Opener
from boxwright.store.saved_stream import SavedStream
from boxwright.store.stored import Referrer
from boxwright.store.transport import Transport

_PIECE = 1 << 20
"""Bytes of a tar in one gzip member."""
_LARGEST_DOCUMENT = 64 << 20
_FORMAT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where images are taken from, and what is needed for it."""

    environ: Mapping[str, str]
    cache: Cache
    transport: Transport
    platform: Platform | None = None
    progress: Progress | None = None

    @contextlib.contextmanager
    def shipment(self, name: str) -> Iterator[Shipment]:
        """
        Give what is to be pushed of *name*, with all of its platforms unless one is asked for.

        What a layout or a registry has to tell of it goes along. Layers that an engine keeps
        unpacked are packed. StoreError where there is no such image.
        """
        progress = self.progress or Silent()
        opener = Opener(
            environ=self.environ,
            platform=self.platform,
            progress=progress,
            transport=self.transport,
        )
        opened = opener.open(name)
        if isinstance(opened, SavedStream):
            with self.cache.temporary() as path:
                opened.save(path)
                yield Shipment(image=self._packed(archive.read(path, platform=self.platform)))
            return
        whole = self._whole(name, opened)
        images = whole.images if isinstance(whole, ImageIndex) else (whole,)
        tops = (whole.manifest.descriptor, *(image.manifest.descriptor for image in images))
        attachments = [
            attachment
            for subject in {top.digest: top for top in tops}.values()
            for attachment in _attachments(opener, name, opened, subject, progress)
        ]
        if isinstance(whole, Image):
            packed = self._packed(whole)
            # What tells of the image as it was tells nothing of one with other layers.
            same = packed.digest == whole.digest
            yield Shipment(image=packed, attachments=tuple(attachments) if same else ())
        else:
            yield Shipment(image=whole, attachments=tuple(attachments))

    def _whole(self, name: str, opened: Image) -> Image | ImageIndex:
        """Return all of what *name* stands for, of which *opened* may be one platform's."""
        if self.platform is not None:
            return opened
        folder, _, reference = name.removeprefix("oci:").partition(":")
        place = Path(name) if layout.is_layout(Path(name)) else Path(folder)
        if not layout.is_layout(place):
            return opened
        chosen = reference if place == Path(folder) and reference else None
        top = layout.find(place, chosen)
        if top.media_type not in media_type.INDEXES:
            return opened
        found = layout.blob(place, top)
        content = found.read()
        index = Index.from_dict(parse_document(content, found.place))
        images = tuple(
            layout.read(place, entry.digest)
            for entry in index.manifests
            if entry.media_type in media_type.MANIFESTS
        )
        plain = Descriptor(media_type=top.media_type, digest=top.digest, size=top.size)
        return ImageIndex(manifest=BytesBlob(plain, content), images=images)

    def _packed(self, image: Image) -> Image:
        """Return *image* with the layers packed that are not, itself where all are."""
        if not any(_is_plain(layer) for layer in image.layers):
            return image
        layers = tuple(
            self._packed_layer(layer) if _is_plain(layer) else layer for layer in image.layers
        )
        document = parse_document(image.manifest.content, "the manifest")
        manifest = Manifest.from_dict(document)
        config = replace(image.config.descriptor, media_type=media_type.CONFIG)
        made = Manifest(
            config=config,
            layers=tuple(layer.blob.descriptor for layer in layers),
            annotations=manifest.annotations,
        )
        return Image(
            manifest=bytes_blob(media_type.MANIFEST, canonical_json(made.to_dict())),
            config=BytesBlob(config, image.config.content),
            layers=layers,
            platform=image.platform,
        )

    def _packed_layer(self, layer: Layer) -> Layer:
        """Return *layer* with its blob packed; the same tar is packed once on this machine."""
        key = bytes_blob("", f"packed {_FORMAT} {layer.diff_id}".encode()).descriptor.digest
        known = self.cache.recall("packed", key)
        if known is not None and self.cache.size_of(known["digest"]) == known["size"]:
            digest, size = known["digest"], known["size"]
        else:
            with self.cache.writer() as writer, layer.blob.open() as tar:
                while piece := tar.read(_PIECE):
                    writer.write(member(piece))
                digest, size = writer.commit(), writer.size
            self.cache.remember("packed", key, {"digest": digest, "size": size})
        descriptor = Descriptor(media_type=media_type.LAYER_GZIP, digest=digest, size=size)
        return replace(layer, blob=FileBlob(descriptor, self.cache.blob_path(digest)))


def _is_plain(layer: Layer) -> bool:
    return layer.blob.descriptor.media_type in media_type.LAYERS_PLAIN


def _attachments(
    opener: Opener, name: str, image: Image, subject: Descriptor, progress: Progress
) -> Iterator[Attachment]:
    """Yield what is told of *subject* beside the image *name*."""
    asked = replace(image, manifest=BytesBlob(subject, b""))
    try:
        referrers = opener.read_referrers(name, asked)
    except StoreError as error:
        progress.note(f"what is told of the image beside it is left behind: {error.message}")
        return
    for referrer in referrers:
        attachment = _attachment(referrer, subject)
        if attachment is None:
            progress.note(f"{referrer.artifact_type} beside the image is left behind")
        else:
            yield attachment


def _attachment(referrer: Referrer, subject: Descriptor) -> Attachment | None:
    """Return *referrer* as it is attached anew; None for what is more than one document."""
    if len(referrer.blobs) != 1:
        return None
    (blob,) = referrer.blobs
    if blob.descriptor.media_type != referrer.artifact_type:
        return None
    if blob.descriptor.size > _LARGEST_DOCUMENT:
        return None
    with blob.open() as file:
        content = file.read(_LARGEST_DOCUMENT + 1)
    annotations = {**referrer.descriptor.annotations}
    return Attachment(
        media_type=referrer.artifact_type,
        content=content,
        annotations=annotations,
        subject=Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size),
    )
