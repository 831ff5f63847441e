"""
Envelopes of signed content (DSSE, https://github.com/secure-systems-lab/dsse).

What is signed is the payload together with its type, so that nobody can have it taken for
something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boxwright.errors import StoreError
from boxwright.oci.document import Node
from boxwright.oci.statement import MEDIA_TYPE as STATEMENT
from boxwright.ship.document import base64_text, decoded, signed_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxwright.ship.keys import PrivateKey, PublicKey

MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json"
_MOST_SIGNATURES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, and signatures of it and its type."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    @property
    def signed(self) -> bytes:
        """The bytes that are signed."""
        return encoded(self.payload_type, self.payload)

    def signer(self, keys: Iterable[PublicKey]) -> PublicKey | None:
        """Return which of *keys* made one of the signatures; None if none did."""
        for key in keys:
            if any(key.verifies(signature, self.signed) for signature in self.signatures):
                return key
        return None

    def statement(self) -> bytes:
        """Return the payload, which has to be a statement of in-toto."""
        if self.payload_type != STATEMENT:
            raise StoreError(
                f"the envelope holds `{self.payload_type[:80]}`, no statement",
                hint=f"statements have the type `{STATEMENT}`",
            )
        return self.payload

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope as it is written in JSON."""
        return {
            "payload": base64_text(self.payload),
            "payloadType": self.payload_type,
            "signatures": [{"sig": base64_text(each)} for each in self.signatures],
        }


def encoded(payload_type: str, payload: bytes) -> bytes:
    """
    Return the pre-authentication encoding of *payload* (DSSE, protocol.md, "PAE").

    >>> encoded("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(statement: bytes, key: PrivateKey) -> Envelope:
    """Return *statement*, signed by *key*."""
    return Envelope(
        payload_type=STATEMENT,
        payload=statement,
        signatures=(key.sign(encoded(STATEMENT, statement)),),
    )


def read_envelope(content: bytes) -> Envelope:
    """Return the envelope that *content* is; StoreError says what is wrong with it."""
    return envelope_of(signed_document(content, "the envelope"))


def envelope_of(document: Node) -> Envelope:
    """Return the envelope that *document* is."""
    signatures = document.member("signatures").items()
    if not 0 < len(signatures) <= _MOST_SIGNATURES:
        raise document.wrong(f"has {len(signatures)} signatures")
    return Envelope(
        payload_type=document.member("payloadType").text(),
        payload=decoded(document.member("payload")),
        signatures=tuple(decoded(each.member("sig")) for each in signatures),
    )
