"""Descriptors: media type, digest and size of a blob (image-spec, descriptor.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.oci.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What a blob is, which one, and how many bytes it has."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the descriptor as the specification writes it in JSON."""
        result: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.annotations:
            result["annotations"] = dict(self.annotations)
        if self.platform:
            result["platform"] = dict(self.platform)
        return result
