"""The pre-defined annotation keys (image-spec, annotations.md)."""

from __future__ import annotations

_PREFIX = "org.opencontainers.image"

TITLE = f"{_PREFIX}.title"
DESCRIPTION = f"{_PREFIX}.description"
VERSION = f"{_PREFIX}.version"
REVISION = f"{_PREFIX}.revision"
SOURCE = f"{_PREFIX}.source"
CREATED = f"{_PREFIX}.created"
LICENSES = f"{_PREFIX}.licenses"
BASE_NAME = f"{_PREFIX}.base.name"
BASE_DIGEST = f"{_PREFIX}.base.digest"
REF_NAME = f"{_PREFIX}.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"
"""The full name under which containerd imports an image."""
REFERRERS = "boxwright.referrers"
"""
Of an image in a layout's index: the digest of the index of manifests that tell of it.

It is what a registry answers when it is asked for referrers. They are not entries of
`index.json` themselves: skopeo, podman, syft and crane take a layout with more than one
entry for one with several images, and refuse it where none is named.
"""
