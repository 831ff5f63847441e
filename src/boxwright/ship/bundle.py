"""
Bundles of sigstore, version 0.3: an envelope, and what it is verified with.

cosign 3 keeps them beside an image as manifests with the image as their subject (cosign,
BUNDLE_SPEC.md); the format is that of sigstore's protobuf-specs in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boxwright.errors import StoreError
from boxwright.oci.canonical import canonical_json
from boxwright.ship.document import signed_document
from boxwright.ship.dsse import Envelope, envelope_of

if TYPE_CHECKING:
    from boxwright.ship.keys import PublicKey

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_KNOWN = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(?:\.v0\.3\+json|\+json;version=0\.[123])"
)
_CONTENT = "dev.sigstore.bundle.content"
PREDICATE_TYPE = "dev.sigstore.bundle.predicateType"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An envelope, and whether a certificate tells who signed it."""

    envelope: Envelope
    has_certificate: bool
    """Whether it was signed without a key that is kept: then sigstore tells who it was."""


def make_bundle(envelope: Envelope, key: PublicKey) -> bytes:
    """Return *envelope*, which *key*'s private half signed, as a bundle."""
    return canonical_json(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": key.hint}},
            "dsseEnvelope": envelope.to_dict(),
        }
    )


def annotations_of(predicate_type: str) -> Mapping[str, str]:
    """
    Return what the manifest of a bundle says of it.

    cosign also writes when it was made. Boxwright does not: the same bundle is then the
    same manifest.
    """
    return {_CONTENT: "dsse-envelope", PREDICATE_TYPE: predicate_type}


def is_bundle(media_type: str) -> bool:
    """
    Return whether *media_type* is that of bundles, of a version that is read here.

    >>> is_bundle("application/vnd.dev.sigstore.bundle.v0.3+json")
    True
    """
    return _KNOWN.fullmatch(media_type) is not None


def read_bundle(content: bytes) -> Bundle:
    """Return the bundle that *content* is; StoreError says what is wrong with it."""
    document = signed_document(content, "the bundle")
    kind = document.member("mediaType")
    if not is_bundle(kind.text()):
        raise kind.unexpected(f"`{MEDIA_TYPE}`")
    if document.get("messageSignature") is not None or document.get("dsseEnvelope") is None:
        raise StoreError(
            "the bundle has no envelope, so it says nothing of an image",
            hint="sign the image with cosign 3 or Boxwright",
        )
    envelope = envelope_of(document.member("dsseEnvelope"))
    if len(envelope.signatures) != 1:
        # Sigstore's bundles are stricter than DSSE here.
        raise StoreError(
            f"the bundle's envelope has {len(envelope.signatures)} signatures instead of one",
            hint="it is damaged, or made to deceive",
        )
    material = document.member("verificationMaterial")
    found = [
        key
        for key in ("publicKey", "certificate", "x509CertificateChain")
        if material.get(key) is not None
    ]
    if len(found) != 1:
        raise StoreError(
            f"the bundle names {len(found)} things to verify it with instead of one",
            hint="it is damaged, or made to deceive",
        )
    return Bundle(envelope=envelope, has_certificate=found != ["publicKey"])
