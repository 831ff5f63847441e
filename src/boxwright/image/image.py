"""An image: manifest and config as the bytes that have digests, layers as blobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boxwright.errors import BuildError
from boxwright.image.blob import Blob, BytesBlob, bytes_blob
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import History, ImageConfig
from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform

MAX_LAYERS = 125
"""What Docker's graph drivers can stack (moby, `maxLayerDepth`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A changeset: its blob, the digest of its tar, and what made it."""

    blob: Blob
    diff_id: Digest
    uncompressed_size: int
    created_by: str
    """What `docker history` shows: "torch 2.13.0, wheel sha256:…"."""
    reused: bool = False
    """Whether it was there already and cost nothing."""
    key: Digest | None = None
    """What it was made from, as one digest, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """
    An image of one platform.

    An image that was read keeps the bytes that it came with, so that writing it again
    keeps its digest; `make_image` makes new bytes and so a new image.
    """

    manifest: BytesBlob
    config: BytesBlob
    layers: tuple[Layer, ...]
    platform: Platform

    @property
    def digest(self) -> Digest:
        """The digest of the manifest, by which the image is known."""
        return self.manifest.descriptor.digest

    @property
    def size(self) -> int:
        """The bytes of all its layers as they are stored and sent."""
        return sum(layer.blob.descriptor.size for layer in self.layers)


def make_image(
    config: ImageConfig, layers: Sequence[Layer], annotations: Mapping[str, str]
) -> Image:
    """Return the image of *layers*, lowest first; what *config* says of layers is replaced."""
    if len(layers) > MAX_LAYERS:
        raise BuildError(
            f"the image would have {len(layers)} layers, and engines take {MAX_LAYERS} at most",
            hint="have more wheels share a layer: lower the budget of layers in the settings",
        )
    config = replace(
        config,
        diff_ids=tuple(layer.diff_id for layer in layers),
        history=tuple(History(created_by=layer.created_by) for layer in layers),
    )
    config_blob = bytes_blob(media_type.CONFIG, canonical_json(config.to_dict()))
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.MANIFEST,
        "config": config_blob.descriptor.to_dict(),
        "layers": [layer.blob.descriptor.to_dict() for layer in layers],
        "annotations": dict(annotations),
    }
    return Image(
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest)),
        config=config_blob,
        layers=tuple(layers),
        platform=config.platform,
    )
