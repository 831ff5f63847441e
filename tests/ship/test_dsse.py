"""Envelopes: encoded to the letter, and read by others."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer._key import SSlibKey

from boxwright.errors import StoreError
from boxwright.oci.canonical import canonical_json
from boxwright.ship.dsse import Envelope, encoded, read_envelope, seal
from boxwright.ship.keys import PrivateKey

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'

# The example of DSSE's specification, protocol.md, "Test Vectors".
KIND, PAYLOAD = "http://example.com/HelloWorld", b"hello world"


def test_the_encoding_is_that_of_the_specification() -> None:
    assert encoded(KIND, PAYLOAD) == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert encoded("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_an_envelope_is_read_back(key: PrivateKey, other_key: PrivateKey) -> None:
    envelope = seal(STATEMENT, key)

    found = read_envelope(canonical_json(envelope.to_dict()))

    assert found == envelope
    assert found.statement() == STATEMENT
    assert found.signer([other_key.public, key.public]) == key.public
    assert found.signer([other_key.public]) is None


def test_one_of_several_signatures_will_do(key: PrivateKey, other_key: PrivateKey) -> None:
    one, other = seal(STATEMENT, other_key), seal(STATEMENT, key)
    both = Envelope(
        payload_type=one.payload_type,
        payload=one.payload,
        signatures=(*one.signatures, *other.signatures),
    )

    assert both.signer([key.public]) == key.public


@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/vnd.in-toto+jso"},
        {"payload": base64.b64encode(STATEMENT + b" ").decode()},
        {"payloadType": "application/vnd.in-toto+json 43"},
    ],
)
def test_payload_and_type_are_signed_together(key: PrivateKey, change: dict[str, str]) -> None:
    document = seal(STATEMENT, key).to_dict() | change

    assert read_envelope(canonical_json(document)).signer([key.public]) is None


def test_the_signature_of_the_bare_payload_is_none(key: PrivateKey) -> None:
    bare = Envelope(
        payload_type="application/vnd.in-toto+json",
        payload=STATEMENT,
        signatures=(key.sign(STATEMENT),),
    )

    assert bare.signer([key.public]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": []},
        {"signatures": [{"sig": "QQ=="}] * 33},
        {"signatures": [{"sig": "QQ"}]},
        {"signatures": [{}]},
        {"signatures": {"sig": "QQ=="}},
        {"payload": None},
        {"payload": "!"},
        {"payloadType": 1},
    ],
)
def test_what_is_no_envelope_is_refused(key: PrivateKey, change: dict[str, Any]) -> None:
    document = seal(STATEMENT, key).to_dict() | change

    with pytest.raises(StoreError):
        read_envelope(canonical_json(document))


def test_another_payload_type_is_no_statement(key: PrivateKey) -> None:
    envelope = Envelope(payload_type="text/plain", payload=STATEMENT, signatures=(b"",))

    with pytest.raises(StoreError) as failed:
        envelope.statement()

    assert failed.value.message == "the envelope holds `text/plain`, no statement"


@pytest.mark.oracle
def test_securesystemslib_verifies_ours_and_we_verify_its(key: PrivateKey) -> None:
    public = SSlibKey.from_crypto(key.public._key)
    ours = seal(STATEMENT, key)

    document = ours.to_dict()
    document["signatures"][0]["keyid"] = public.keyid
    other = OtherEnvelope.from_dict(document)
    accepted = other.verify([public], 1)

    assert list(accepted) == [public.keyid]
    assert other.pae() == ours.signed
    assert read_envelope(json.dumps(other.to_dict()).encode()).signer([key.public]) == key.public
