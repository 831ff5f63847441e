"""
Image manifests and image indexes (image-spec, manifest.md and image-index.md).

What is read may also have Docker's media types, which mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The configuration and the layers, lowest first, of an image for one platform."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = media_type.MANIFEST

    @classmethod
    def from_dict(cls, document: Node) -> Manifest:
        """Return the manifest that *document* is; StoreError names the key that is wrong."""
        _check_version(document)
        kind = _media_type(document, media_type.MANIFESTS, media_type.MANIFEST)
        return cls(
            config=_descriptor(document.member("config")),
            layers=tuple(_descriptor(layer) for layer in document.member("layers").items()),
            annotations=_annotations(document),
            media_type=kind,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as the specification writes it in JSON."""
        result: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "config": self.config.to_dict(),
            "layers": [layer.to_dict() for layer in self.layers],
        }
        if self.annotations:
            result["annotations"] = dict(self.annotations)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Several manifests: of one image for several platforms, or of all images in a layout."""

    manifests: tuple[Descriptor, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = media_type.INDEX

    @classmethod
    def from_dict(cls, document: Node) -> Index:
        """Return the index that *document* is; StoreError names the key that is wrong."""
        _check_version(document)
        kind = _media_type(document, media_type.INDEXES, media_type.INDEX)
        return cls(
            manifests=tuple(_descriptor(entry) for entry in document.member("manifests").items()),
            annotations=_annotations(document),
            media_type=kind,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the index as the specification writes it in JSON."""
        result: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "manifests": [manifest.to_dict() for manifest in self.manifests],
        }
        if self.annotations:
            result["annotations"] = dict(self.annotations)
        return result


def _descriptor(node: Node) -> Descriptor:
    platform = node.get("platform")
    return Descriptor(
        media_type=node.member("mediaType").text(),
        digest=node.member("digest").digest(),
        size=node.member("size").size(),
        annotations=_annotations(node),
        platform=_platform(platform) if platform else None,
    )


def _platform(node: Node) -> Mapping[str, str]:
    result = {key: node.member(key).text() for key in ("architecture", "os")}
    for key in ("os.version", "variant"):
        value = node.get(key)
        if value:
            result[key] = value.text()
    return result


def _annotations(node: Node) -> Mapping[str, str]:
    annotations = node.get("annotations")
    return annotations.texts() if annotations else {}


def _check_version(document: Node) -> None:
    version = document.member("schemaVersion")
    if version.value != 2:
        raise version.unexpected("2")


def _media_type(document: Node, known: frozenset[str], default: str) -> str:
    found = document.get("mediaType")
    if found is None:
        return default
    if found.text() not in known:
        raise found.unexpected(f"`{default}`")
    return found.text()
