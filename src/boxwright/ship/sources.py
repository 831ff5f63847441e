"""What is to be pushed, wherever it is now: a layout, an archive, an engine, another registry."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, FileBlob, bytes_blob
from boxwright.image.compression import member
from boxwright.image.image import Image, Layer
from boxwright.image.index import ImageIndex, beside_of, images_of
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest
from boxwright.oci.platform import Platform
from boxwright.progress import Progress, Silent
from boxwright.ship.push import Shipment
from boxwright.store import archive
from boxwright.store.cache import Cache
from boxwright.store.layout import Attachment
from boxwright.store.open import Opener
from boxwright.store.registry.client import RegistryBlob
from boxwright.store.saved_stream import SavedStream
from boxwright.store.stored import Referrer
from boxwright.store.transport import Transport

_PIECE = 1 << 20
"""Bytes of a tar in one gzip member."""
_MOST_ATTACHED = 64 << 20
"""Bytes of all that tells of an image."""
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
        opener = Opener(
            environ=self.environ,
            platform=self.platform,
            progress=self.progress,
            transport=self.transport,
        )
        opened = opener.open_whole(name)
        if not isinstance(opened, SavedStream):
            yield self._shipment(opened, lambda top: opener.read_referrers(name, top))
            return
        with self.cache.temporary() as path:
            opened.save(path)
            whole = (
                archive.read_whole(path, opened.reference)
                if self.platform is None
                else archive.read(path, opened.reference, platform=self.platform)
            )
            yield self._shipment(whole, lambda top: archive.read_referrers(path, top.digest))

    def _shipment(
        self, whole: Image | ImageIndex, read: Callable[[Descriptor], tuple[Referrer, ...]]
    ) -> Shipment:
        """Return *whole* with what *read* tells of it."""
        if isinstance(whole, Image) and (packed := self._packed(whole)).digest != whole.digest:
            # What tells of the image as it was tells nothing of one with other layers.
            return Shipment(image=packed)
        tops = (whole.manifest.descriptor, *(each.manifest.descriptor for each in images_of(whole)))
        return Shipment(image=whole, attachments=tuple(self._attachments(whole, tops, read)))

    def _attachments(
        self,
        whole: Image | ImageIndex,
        subjects: Sequence[Descriptor],
        read: Callable[[Descriptor], tuple[Referrer, ...]],
    ) -> Iterator[Attachment]:
        """Yield what is told of each of *subjects*, less what is part of *whole* itself."""
        progress = self.progress or Silent()
        seen = {blob.descriptor.digest for blob in beside_of(whole)}
        left = _MOST_ATTACHED
        for subject in {each.digest: each for each in subjects}.values():
            try:
                referrers = read(subject)
            except StoreError as error:
                progress.note(
                    f"what is told of the image beside it is left behind: {error.message}"
                )
                continue
            for referrer in referrers:
                if referrer.descriptor.digest in seen:
                    continue
                seen.add(referrer.descriptor.digest)
                attachment = _attachment(referrer, subject, left)
                if attachment is None:
                    progress.note(f"{referrer.artifact_type} beside the image is left behind")
                    continue
                left -= len(attachment.content)
                yield attachment

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
    # What a registry has is signed there, and promoted, by its digest.
    is_elsewhere = isinstance(layer.blob, RegistryBlob)
    return layer.blob.descriptor.media_type in media_type.LAYERS_PLAIN and not is_elsewhere


def _attachment(referrer: Referrer, subject: Descriptor, most: int) -> Attachment | None:
    """
    Return *referrer* as it is attached anew.

    None for what is more than one document, or one of more than *most* bytes, or is not there.
    """
    if len(referrer.blobs) != 1:
        return None
    (blob,) = referrer.blobs
    if blob.descriptor.media_type != referrer.artifact_type:
        return None
    if blob.descriptor.size > most:
        return None
    try:
        with blob.open() as file:
            # To its end, where it shows whether it is what its digest says.
            content = b"".join(iter(lambda: file.read(_PIECE), b""))
    except StoreError:
        return None
    return Attachment(
        media_type=referrer.artifact_type,
        content=content,
        annotations=dict(referrer.descriptor.annotations),
        subject=Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size),
    )
