"""
Signatures as cosign 1 and 2 keep them (cosign, SIGNATURE_SPEC.md and ATTESTATION_SPEC.md).

Beside an image `sha256:…` its repository has the tags `sha256-….sig` and `sha256-….att`:
manifests whose layers are what was signed. A payload's signature is an annotation of its
layer, an attestation is an envelope that has its signatures in it. More are added as more
layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.manifest import Manifest
from boxwright.ship.document import signed_document

MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
PREDICATE_TYPE = "predicateType"
"""The annotations of a layer: its signature, the certificate of a keyless one, what is attested."""

_TYPE = "cosign container image signature"
_LARGEST = 64 << 10
_HINT = "it is damaged, or made to deceive"


def signature_tag(digest: Digest) -> str:
    """
    Return the tag under which the signatures of the image *digest* are.

    >>> signature_tag("sha256:97fc222c")
    'sha256-97fc222c.sig'
    """
    return f"{digest.replace(':', '-', 1)}.sig"


def attestation_tag(digest: Digest) -> str:
    """Return the tag under which the attestations of the image *digest* are."""
    return f"{digest.replace(':', '-', 1)}.att"


def payload(digest: Digest, name: str) -> bytes:
    """
    Return what is signed of the image *digest* in the repository *name*.

    >>> payload("sha256:97fc", "localhost:5000/api").decode()[:62]
    '{"critical":{"identity":{"docker-reference":"localhost:5000/ap'
    """
    critical = {
        "identity": {"docker-reference": name},
        "image": {"docker-manifest-digest": digest},
        "type": _TYPE,
    }
    return canonical_json({"critical": critical, "optional": None})


def signed_digest(content: bytes) -> Digest:
    """Return of which image *content* is the payload; StoreError says what is wrong with it."""
    document = signed_document(content, "the payload", largest=_LARGEST)
    critical = document.member("critical")
    kind = critical.member("type")
    if kind.text() != _TYPE:
        raise StoreError(f"the payload is of the type `{kind.text()[:80]}`", hint=_HINT)
    return critical.member("image").member("docker-manifest-digest").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A manifest of signatures or attestations, and the blobs it needs that are new."""

    manifest: BytesBlob
    blobs: tuple[BytesBlob, ...]


def with_layer(
    present: Manifest | None, content: BytesBlob, annotations: Mapping[str, str]
) -> Kept:
    """
    Return the manifest *present*, or a new one, with *content* as one more layer.

    Its configuration is that of an image without anything to run, whose layers are plain:
    programs that copy images look into it.
    """
    added = replace(content.descriptor, annotations=annotations)
    layers = (*(present.layers if present else ()), added)
    config = bytes_blob(media_type.CONFIG, canonical_json(_configuration(layers)))
    manifest = Manifest(
        config=config.descriptor,
        layers=layers,
        annotations=present.annotations if present else {},
    )
    return Kept(
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest.to_dict())),
        blobs=(content, config),
    )


def _configuration(layers: tuple[Descriptor, ...]) -> dict[str, Any]:
    never = "0001-01-01T00:00:00Z"
    return {
        "architecture": "",
        "config": {},
        "created": never,
        "history": [{"created": never} for _ in layers],
        "os": "",
        "rootfs": {"diff_ids": [layer.digest for layer in layers], "type": "layers"},
    }
