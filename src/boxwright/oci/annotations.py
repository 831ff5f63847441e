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
