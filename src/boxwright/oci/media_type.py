"""The media types of the image specification (image-spec, media-types.md)."""

from __future__ import annotations

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
"""Of the document `{}`, where a manifest that is no image has its configuration."""
LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"

# Docker's own names for the same documents, which older images have.
_DOCKER = "application/vnd.docker"
INDEXES = frozenset({INDEX, f"{_DOCKER}.distribution.manifest.list.v2+json"})
MANIFESTS = frozenset({MANIFEST, f"{_DOCKER}.distribution.manifest.v2+json"})
LAYERS_PLAIN = frozenset({LAYER, f"{_DOCKER}.image.rootfs.diff.tar"})
LAYERS_GZIP = frozenset({LAYER_GZIP, f"{_DOCKER}.image.rootfs.diff.tar.gzip"})
LAYERS = LAYERS_PLAIN | LAYERS_GZIP | {LAYER_ZSTD}
FOREIGN = frozenset(
    {
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        f"{_DOCKER}.image.rootfs.foreign.diff.tar",
        f"{_DOCKER}.image.rootfs.foreign.diff.tar.gzip",
    }
)
"""Layers that stay where they are (image-spec, layer.md, "Non-Distributable Layers")."""
CONFIGS = frozenset({CONFIG, f"{_DOCKER}.container.image.v1+json"})
