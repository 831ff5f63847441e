"""Verifying: all of it is right, or it does not count, whatever a registry makes up."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeImage
from tests.ship.small_registry import Small

from boxwright.errors import StoreError
from boxwright.image.image import Image
from boxwright.image.index import make_index
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of
from boxwright.oci.statement import CYCLONEDX, PROVENANCE, make_statement
from boxwright.ship import bundle, dsse, signature
from boxwright.ship.keyless import Identity
from boxwright.ship.keys import PrivateKey
from boxwright.ship.sign import Form, sign
from boxwright.ship.statement import SIGNATURE
from boxwright.ship.verify import Policy, Proof, UnsignedError, Verified, verify
from boxwright.store import layout
from boxwright.store.layout import Attachment

BILL = canonical_json({"bomFormat": "CycloneDX", "components": []})
HINT = re.compile(rb'"hint":"[^"]*"')


def tag(digest: str, suffix: str = "sig") -> str:
    return f"sha256-{digest[7:]}.{suffix}"


@pytest.fixture
def policy(key: PrivateKey) -> Policy:
    return Policy(keys=(key.public,))


def attached(small: Small, image: Image, content: bytes, kind: str = bundle.MEDIA_TYPE) -> str:
    """Have *content* refer to *image*; return the digest of the manifest that says so."""
    attachment = Attachment(media_type=kind, content=content)
    return small.repository().attach(image.manifest.descriptor, attachment).digest


def put_layers(small: Small, name: str, *layers: tuple[str, bytes, dict[str, str]]) -> None:
    """Have a manifest of *layers* under the tag *name*."""
    config = b"{}"
    small.blobs[digest_of(config)] = config
    entries = []
    for kind, content, said in layers:
        small.blobs[digest_of(content)] = content
        entries.append(
            {
                "mediaType": kind,
                "digest": digest_of(content),
                "size": len(content),
                "annotations": said,
            }
        )
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest_of(config),
            "size": 2,
        },
        "layers": entries,
    }
    small.put_manifest(canonical_json(manifest), name)


def test_what_is_valid_is_told_with_where_it_stands_and_by_which_key(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)

    found = verify(small.repository(), pushed.manifest.descriptor, policy)

    referring = json.loads(small.referring(pushed.digest))["manifests"][0]["digest"]
    signer = f"ECDSA P-256 {digest_of(key.public.der)}"
    assert found == Verified(
        digest=pushed.digest,
        proofs=tuple(
            Proof(digest=pushed.digest, predicate_type=SIGNATURE, place=place, signer=signer)
            for place in (tag(pushed.digest), referring)
        ),
    )


@pytest.mark.parametrize("form", list(Form))
def test_one_form_will_do(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy, form: Form
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key, forms=frozenset({form}))

    assert len(verify(small.repository(), pushed.manifest.descriptor, policy).proofs) == 1


def test_one_of_several_keys_will_do(
    small: Small, pushed: Image, key: PrivateKey, other_key: PrivateKey
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    policy = Policy(keys=(other_key.public, key.public))

    assert verify(small.repository(), pushed.manifest.descriptor, policy).rejected == ()


def test_an_unsigned_image_is_told(small: Small, pushed: Image, policy: Policy) -> None:
    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), pushed.manifest.descriptor, policy)

    assert failed.value.message == (
        f"{pushed.digest} has no valid signature: nothing is signed there"
    )
    assert failed.value.hint == f"it has to be signed by the key {policy.keys[0].fingerprint}"
    assert failed.value.rejected == ()


def test_the_key_of_somebody_else_is_told(
    small: Small, pushed: Image, other_key: PrivateKey, policy: Policy
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, other_key, forms=frozenset({Form.TAG}))

    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), pushed.manifest.descriptor, policy)

    assert failed.value.rejected == (
        f"`{tag(pushed.digest)}`: none of the keys made this signature",
    )


def test_without_keys_nothing_is_valid(small: Small, pushed: Image, key: PrivateKey) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)

    with pytest.raises(UnsignedError):
        verify(small.repository(), pushed.manifest.descriptor, Policy())


def test_an_attestation_is_no_signature(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    statement = make_statement(PROVENANCE, {}, digest=pushed.digest)
    attached(small, pushed, bundle.make_bundle(dsse.seal(statement, key), key.public))

    with pytest.raises(UnsignedError):
        verify(small.repository(), pushed.manifest.descriptor, policy)


def test_a_missing_attestation_is_told(
    small: Small, pushed: Image, key: PrivateKey, other_key: PrivateKey
) -> None:
    repository, descriptor = small.repository(), pushed.manifest.descriptor
    sign(repository, descriptor, key)
    sign(repository, descriptor, other_key, documents={pushed.digest: [BILL]})

    with pytest.raises(UnsignedError) as failed:
        verify(repository, descriptor, Policy(keys=(key.public,), attestations=("cyclonedx",)))

    assert failed.value.message.startswith(
        f"{pushed.digest} has no valid attestation `cyclonedx`; what is there does not count: "
    )


def test_of_an_index_each_image_may_have_the_attestation(
    small: Small, random_image: MakeImage, key: PrivateKey
) -> None:
    images = [random_image(seed, layers=1) for seed in (1, 2)]
    index = make_index(images, {})
    repository, descriptor = small.repository(), index.manifest.descriptor
    repository.push_index(index, "1")
    policy = Policy(keys=(key.public,), attestations=("cyclonedx",))

    sign(repository, descriptor, key, documents={images[0].digest: [BILL]})
    with pytest.raises(UnsignedError) as failed:
        verify(repository, descriptor, policy)
    sign(repository, descriptor, key, documents={image.digest: [BILL] for image in images})
    found = verify(repository, descriptor, policy)

    assert failed.value.message == (
        f"{index.digest} has no valid attestation `cyclonedx` for {images[1].digest}"
    )
    attested = {proof.digest for proof in found.proofs if proof.predicate_type == CYCLONEDX}
    assert attested == {image.digest for image in images}


# ---- What a registry could make up ------------------------------------------------------------


def rejected(small: Small, image: Image, policy: Policy) -> str:
    """Return the one reason why what is there does not count."""
    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), image.manifest.descriptor, policy)
    (reason,) = failed.value.rejected
    return reason.partition(": ")[2]


def test_the_signature_of_another_image_does_not_count(
    small: Small, pushed: Image, random_image: MakeImage, key: PrivateKey, policy: Policy
) -> None:
    other = random_image(9, layers=1)
    small.repository().push_image(other, "2")
    sign(small.repository(), other.manifest.descriptor, key)

    small.manifests[tag(pushed.digest)] = small.manifests[tag(other.digest)]

    assert rejected(small, pushed, policy) == (
        f"it is the signature of another image, {other.digest}"
    )


def test_the_bundle_of_another_image_does_not_count(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    other = digest_of(b"other")
    statement = make_statement(SIGNATURE, {}, digest=other)
    attached(small, pushed, bundle.make_bundle(dsse.seal(statement, key), key.public))

    assert rejected(small, pushed, policy) == f"it is the statement of another image, {other}"


def payload_of(digest: str, **changes: object) -> bytes:
    document = json.loads(signature.payload(digest_of(b""), "registry/name"))
    document["critical"]["image"]["docker-manifest-digest"] = digest
    document["critical"] |= changes
    return canonical_json(document)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda digest: payload_of(digest, type="atomic container signature"), "the payload is of the type `atomic container signature`"),
        (lambda digest: payload_of(digest, type=None), "the payload: critical.type is missing"),
        (lambda digest: payload_of(digest)[:-1] + b',"critical":{}}', "the payload has the key `critical` twice"),
        (lambda digest: payload_of(digest.upper()), "the payload: critical.image.docker-manifest-digest: expected `sha256:` and 64 lower-case hexadecimal digits"),
        (lambda digest: b"[]", "the payload: expected an object, found an array"),
        (lambda digest: b"", "the payload is no JSON document"),
        (lambda digest: b" " * 70_000, "has 70000 bytes, more than the 65536 that it may have"),
        # A statement in the place of a payload, signed without its type.
        (lambda digest: make_statement(SIGNATURE, {}, digest=digest_of(b"")), "the payload: critical is missing"),
    ],
)  # fmt: skip
def test_what_the_key_signed_but_is_no_payload_does_not_count(
    small: Small,
    pushed: Image,
    key: PrivateKey,
    policy: Policy,
    make: Callable[[str], bytes],
    reason: str,
) -> None:
    content = make(pushed.digest)
    made = base64.b64encode(key.sign(content)).decode()
    put_layers(
        small, tag(pushed.digest), (signature.MEDIA_TYPE, content, {signature.SIGNATURE: made})
    )

    assert reason in rejected(small, pushed, policy)


def spoiled(text: str) -> Iterator[str]:
    yield text + "\n"
    yield " " + text
    yield text[:-1]
    yield text + "=="
    yield text[:10]
    yield ""
    yield "é"
    yield base64.b64encode(base64.b64decode(text) + b"\x00").decode()


def test_the_signature_has_one_spelling(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    content = payload_of(pushed.digest)
    made = base64.b64encode(key.sign(content)).decode()
    for text in spoiled(made):
        put_layers(
            small,
            tag(pushed.digest),
            (signature.MEDIA_TYPE, content, {signature.SIGNATURE: text}),
        )

        rejected(small, pushed, policy)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.4+json"}, "the bundle: mediaType: expected"),
        ({"messageSignature": {}}, "the bundle has no envelope"),
        ({"dsseEnvelope": None}, "the bundle has no envelope"),
        ({"verificationMaterial": {}}, "the bundle names 0 things"),
        ({"verificationMaterial": {"publicKey": {}, "certificate": {}}}, "the bundle names 2 things"),
        ({"verificationMaterial": {"certificate": {"rawBytes": ""}}}, "it is signed without a key"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_does_not_count(
    small: Small,
    pushed: Image,
    key: PrivateKey,
    policy: Policy,
    change: dict[str, Any],
    reason: str,
) -> None:
    envelope = dsse.seal(make_statement(SIGNATURE, {}, digest=pushed.digest), key)
    document = json.loads(bundle.make_bundle(envelope, key.public)) | change
    attached(small, pushed, canonical_json(document))

    assert rejected(small, pushed, policy).startswith(reason)


def test_a_bundle_has_one_signature(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    envelope = dsse.seal(make_statement(SIGNATURE, {}, digest=pushed.digest), key)
    document = json.loads(bundle.make_bundle(envelope, key.public))
    document["dsseEnvelope"]["signatures"] *= 2
    attached(small, pushed, canonical_json(document))

    assert rejected(small, pushed, policy) == (
        "the bundle's envelope has 2 signatures instead of one"
    )


def test_a_payload_that_is_no_statement_does_not_count(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    statement = make_statement(SIGNATURE, {}, digest=pushed.digest)
    envelope = dsse.Envelope(
        payload_type="text/plain",
        payload=statement,
        signatures=(key.sign(dsse.encoded("text/plain", statement)),),
    )
    put_layers(
        small,
        tag(pushed.digest, "att"),
        (dsse.MEDIA_TYPE, canonical_json(envelope.to_dict()), {}),
    )

    assert rejected(small, pushed, policy) == "the envelope holds `text/plain`, no statement"


def test_what_cosign_2_signed_without_a_key_is_told(
    small: Small, pushed: Image, policy: Policy
) -> None:
    annotations = {signature.SIGNATURE: "QQ==", signature.CERTIFICATE: "-----BEGIN CERTIFICATE"}
    put_layers(
        small, tag(pushed.digest), (signature.MEDIA_TYPE, payload_of(pushed.digest), annotations)
    )

    assert rejected(small, pushed, policy).startswith(
        "it is signed without a key in the form of cosign 2"
    )


def test_a_valid_signature_counts_among_rubbish(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    attached(small, pushed, b"rubbish")
    attached(small, pushed, BILL, "application/vnd.cyclonedx+json")
    sign(small.repository(), pushed.manifest.descriptor, key)

    found = verify(small.repository(), pushed.manifest.descriptor, policy)

    assert len(found.proofs) == 2
    assert len(found.rejected) == 1


def test_no_more_is_looked_at_than_anybody_has(small: Small, pushed: Image, policy: Policy) -> None:
    layers = [
        (signature.MEDIA_TYPE, payload_of(pushed.digest), {signature.SIGNATURE: "QQ=="})
        for _ in range(500)
    ]
    put_layers(small, tag(pushed.digest), *layers)

    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), pushed.manifest.descriptor, policy)

    assert len(failed.value.rejected) == 129
    assert failed.value.rejected[-1] == "there are more than 128, the rest was not read"
    assert len(small.asked) < 20


@pytest.mark.parametrize("size", [1 << 40, 33 << 20])
def test_what_claims_to_be_huge_is_not_read(
    small: Small, pushed: Image, policy: Policy, size: int
) -> None:
    put_layers(small, tag(pushed.digest, "att"), (dsse.MEDIA_TYPE, b"{}", {}))
    manifest = json.loads(small.manifests[tag(pushed.digest, "att")])
    manifest["layers"][0]["size"] = size
    small.put_manifest(canonical_json(manifest), tag(pushed.digest, "att"))

    assert "bytes" in rejected(small, pushed, policy)
    assert not [each for each in small.asked if digest_of(b"{}") in each and "GET" in each]


def test_a_truncated_blob_does_not_count(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    for digest, content in list(small.blobs.items()):
        if digest not in [str(layer.blob.descriptor.digest) for layer in pushed.layers]:
            small.blobs[digest] = content[:-1]

    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), pushed.manifest.descriptor, policy)

    assert len(failed.value.rejected) == 2


def test_a_broken_manifest_does_not_count(small: Small, pushed: Image, policy: Policy) -> None:
    small.manifests[tag(pushed.digest)] = canonical_json(
        {"schemaVersion": 2, "mediaType": "text/plain", "layers": 1}
    )

    assert "mediaType: expected" in rejected(small, pushed, policy)


def test_an_endless_index_ends(small: Small, random_image: MakeImage, key: PrivateKey) -> None:
    images = [random_image(seed, layers=1, size=10) for seed in range(66)]
    index = make_index(images, {})
    small.put_manifest(index.manifest.content, "1")

    with pytest.raises(StoreError, match="names more than 64 images"):
        sign(small.repository(), index.manifest.descriptor, key)


# ---- Any changed byte ---------------------------------------------------------------------------


def others(content: bytes) -> Iterator[bytes]:
    """Yield *content* with each of its bytes changed in turn, in two ways."""
    for at, byte in enumerate(content):
        for changed in (byte ^ 1, byte ^ 0x20):
            yield content[:at] + bytes([changed]) + content[at + 1 :]


class Checked:
    """Verifies what is in memory as `verify` does, without a registry: there is much of it."""

    def __init__(self, folder: Path, image: Image) -> None:
        self.folder, self.image = folder, image

    def valid(self, policy: Policy) -> bool:
        try:
            verify(self.folder, self.image.manifest.descriptor, policy)
        except UnsignedError:
            return False
        return True


@pytest.fixture
def checked(tmp_path: Path, random_image: MakeImage) -> Checked:
    image = random_image(layers=1, size=10)
    layout.write(tmp_path / "image", image, "api:1")
    return Checked(tmp_path / "image", image)


def store_signature(folder: Path, content: bytes, text: str, name: str) -> None:
    """Have the payload *content* with the signature *text* in the layout, all digests right."""
    blobs = folder / "blobs" / "sha256"

    def put(what: bytes) -> dict[str, Any]:
        (blobs / digest_of(what)[7:]).write_bytes(what)
        return {"digest": digest_of(what), "size": len(what)}

    layer = put(content) | {
        "mediaType": signature.MEDIA_TYPE,
        "annotations": {signature.SIGNATURE: text},
    }
    config = put(b"{}") | {"mediaType": "application/vnd.oci.image.config.v1+json"}
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = canonical_json(
        {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]}
    )
    entry = put(manifest) | {
        "mediaType": kind,
        "annotations": {"org.opencontainers.image.ref.name": name},
    }
    index = json.loads((folder / "index.json").read_bytes())
    index["manifests"] = [index["manifests"][0], entry]
    (folder / "index.json").write_bytes(canonical_json(index))


def test_any_changed_byte_of_a_payload_is_found(
    checked: Checked, key: PrivateKey, policy: Policy
) -> None:
    digest = checked.image.digest
    content = signature.payload(digest, "registry/team/api")
    text = base64.b64encode(key.sign(content)).decode()
    store_signature(checked.folder, content, text, tag(digest))
    assert checked.valid(policy)

    for changed in others(content):
        store_signature(checked.folder, changed, text, tag(digest))
        assert not checked.valid(policy), changed


def test_any_changed_byte_of_a_signature_is_found(
    checked: Checked, key: PrivateKey, policy: Policy
) -> None:
    digest = checked.image.digest
    content = signature.payload(digest, "registry/team/api")
    made = key.sign(content)

    for changed in others(made):
        store_signature(checked.folder, content, base64.b64encode(changed).decode(), tag(digest))
        assert not checked.valid(policy), changed
    for spelled in others(base64.b64encode(made)):
        store_signature(checked.folder, content, spelled.decode("latin-1"), tag(digest))
        assert not checked.valid(policy), spelled


def test_any_changed_byte_of_a_bundle_is_found(
    checked: Checked, key: PrivateKey, policy: Policy
) -> None:
    statement = make_statement(SIGNATURE, {}, digest=checked.image.digest)
    content = bundle.make_bundle(dsse.seal(statement, key), key.public)
    # Which key it is said to be proves nothing, and nobody goes by it.
    hint = HINT.search(content)
    assert hint is not None
    found = bundle.read_bundle(content)

    for at, changed in enumerate(others(content)):
        if hint.start() <= at // 2 < hint.end():
            continue
        try:
            other = bundle.read_bundle(changed)
        except StoreError:
            continue
        assert other.has_certificate or other.envelope.signer(policy.keys) is None, changed
    assert found.envelope.signer(policy.keys) == key.public


def test_any_changed_byte_of_a_statement_is_found(key: PrivateKey) -> None:
    statement = make_statement(PROVENANCE, {"a": [1, "b"]}, digest=digest_of(b"image"))
    envelope = dsse.seal(statement, key)

    for changed in others(statement):
        other = dsse.Envelope(
            payload_type=envelope.payload_type, payload=changed, signatures=envelope.signatures
        )
        assert other.signer([key.public]) is None


def test_any_changed_byte_of_an_image_is_found(
    small: Small, pushed: Image, key: PrivateKey, policy: Policy
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    for changed in list(others(pushed.manifest.content))[::40]:
        descriptor = dataclasses.replace(pushed.manifest.descriptor, digest=digest_of(changed))

        with pytest.raises(UnsignedError):
            verify(small.repository(), descriptor, policy)


# ---- Layouts of others ---------------------------------------------------------------------------


def test_a_layout_as_cosign_saves_it_is_verified(
    checked: Checked, key: PrivateKey, policy: Policy
) -> None:
    digest = checked.image.digest
    content = signature.payload(digest, "registry/team/api")
    store_signature(checked.folder, content, base64.b64encode(key.sign(content)).decode(), "x")
    index = json.loads((checked.folder / "index.json").read_bytes())
    index["manifests"][1]["annotations"] = {"kind": "dev.cosignproject.cosign/sigs"}
    (checked.folder / "index.json").write_bytes(canonical_json(index))

    assert checked.valid(policy)


def test_an_identity_is_nobody_without_a_certificate(
    small: Small, pushed: Image, key: PrivateKey
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    whom = Identity(name="a@example.com", issuer="https://issuer.example.com")

    with pytest.raises(UnsignedError) as failed:
        verify(small.repository(), pushed.manifest.descriptor, Policy(identity=whom))

    assert failed.value.hint == (
        "it has to be signed by a@example.com (by https://issuer.example.com)"
    )
