"""Signing: what is kept where, nothing twice, nothing lost, and other programs agree."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeImage, Run
from tests.ship.small_registry import NAME, Small

from boxwright.errors import StoreError
from boxwright.image.image import Image
from boxwright.image.index import make_index
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.oci.statement import CYCLONEDX, PROVENANCE, make_statement
from boxwright.ship.keys import PrivateKey
from boxwright.ship.sign import Form, Signed, belonging, sign, sign_in_layout
from boxwright.ship.statement import SIGNATURE
from boxwright.ship.verify import Policy, verify
from boxwright.store import layout
from boxwright.store.registry.push import WritableRepository
from boxwright.store.transport import Transport

BILL = canonical_json({"bomFormat": "CycloneDX", "components": []})


def signature_tag(digest: str, suffix: str = "sig") -> str:
    return f"sha256-{digest[7:]}.{suffix}"


def referring(small: Small, digest: str) -> list[dict[str, Any]]:
    return [
        json.loads(small.manifests[entry["digest"]])
        for entry in json.loads(small.referring(digest))["manifests"]
    ]


def test_a_signature_is_kept_as_cosign_1_and_2_do(
    small: Small, pushed: Image, key: PrivateKey
) -> None:
    digest = pushed.digest

    signed = sign(small.repository(), pushed.manifest.descriptor, key, forms=frozenset({Form.TAG}))

    assert signed == (Signed(digest=digest, predicate_type=SIGNATURE),)
    manifest = json.loads(small.manifests[signature_tag(digest)])
    layer = manifest["layers"][0]
    payload = small.blobs[layer["digest"]]
    signature = layer["annotations"]["dev.cosignproject.cosign/signature"]
    assert payload.decode() == (
        '{"critical":{"identity":{"docker-reference":"' + f"{small.host}/{NAME}" + '"},'
        '"image":{"docker-manifest-digest":"' + digest + '"},'
        '"type":"cosign container image signature"},"optional":null}'
    )
    assert key.public.verifies(base64.b64decode(signature), payload)
    config = json.loads(small.blobs[manifest["config"]["digest"]])
    assert config["rootfs"] == {"type": "layers", "diff_ids": [digest_of(payload)]}
    assert manifest == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": manifest["config"]["digest"],
            "size": len(small.blobs[manifest["config"]["digest"]]),
        },
        "layers": [
            {
                "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
                "digest": digest_of(payload),
                "size": len(payload),
                "annotations": {"dev.cosignproject.cosign/signature": signature},
            }
        ],
    }


def test_a_signature_is_kept_as_cosign_3_does(small: Small, pushed: Image, key: PrivateKey) -> None:
    digest, form = pushed.digest, "application/vnd.dev.sigstore.bundle.v0.3+json"

    sign(small.repository(), pushed.manifest.descriptor, key, forms=frozenset({Form.BUNDLE}))

    (manifest,) = referring(small, digest)
    bundle = json.loads(small.blobs[manifest["layers"][0]["digest"]])
    envelope = bundle["dsseEnvelope"]
    assert manifest["artifactType"] == manifest["layers"][0]["mediaType"] == form
    assert manifest["subject"]["digest"] == digest
    assert manifest["annotations"] == {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
    }
    assert bundle["mediaType"] == form
    assert bundle["verificationMaterial"] == {
        "publicKey": {"hint": base64.b64encode(bytes.fromhex(key.public.fingerprint[7:])).decode()}
    }
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert json.loads(base64.b64decode(envelope["payload"])) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "_", "digest": {"sha256": digest[7:]}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    }


@pytest.mark.parametrize("has_referrers", [True, False])
def test_who_signs_again_sends_nothing(
    small: Small, pushed: Image, key: PrivateKey, *, has_referrers: bool
) -> None:
    small.has_referrers = has_referrers
    documents = {pushed.digest: [BILL]}
    sign(small.repository(), pushed.manifest.descriptor, key, documents=documents)
    before = dict(small.manifests), dict(small.blobs)
    small.asked.clear()

    sign(small.repository(), pushed.manifest.descriptor, key, documents=documents)

    assert (small.manifests, small.blobs) == before
    assert not [each for each in small.asked if "/blobs/uploads/" in each]


def test_another_signature_keeps_those_that_are_there(
    small: Small, pushed: Image, key: PrivateKey, other_key: PrivateKey
) -> None:
    repository, descriptor = small.repository(), pushed.manifest.descriptor

    for each in (key, other_key, key):
        sign(repository, descriptor, each, documents={pushed.digest: [BILL]})

    for suffix in ("sig", "att"):
        manifest = json.loads(small.manifests[signature_tag(pushed.digest, suffix)])
        assert len(manifest["layers"]) == 2
    assert len(referring(small, pushed.digest)) == 4
    for each in (key, other_key):
        found = verify(
            repository, descriptor, Policy(keys=(each.public,), attestations=("cyclonedx",))
        )
        assert len(found.proofs) == 4
        assert len(found.rejected) == 4


def test_documents_are_attested_in_both_forms(small: Small, pushed: Image, key: PrivateKey) -> None:
    statement = make_statement(PROVENANCE, {"a": 1}, digest=pushed.digest)

    signed = sign(
        small.repository(),
        pushed.manifest.descriptor,
        key,
        documents=belonging([BILL, statement], pushed.manifest.descriptor),
    )

    assert [each.predicate_type for each in signed] == [SIGNATURE, CYCLONEDX, PROVENANCE]
    manifest = json.loads(small.manifests[signature_tag(pushed.digest, "att")])
    assert [layer["mediaType"] for layer in manifest["layers"]] == [
        "application/vnd.dsse.envelope.v1+json"
    ] * 2
    assert [layer["annotations"] for layer in manifest["layers"]] == [
        {"dev.cosignproject.cosign/signature": "", "predicateType": kind}
        for kind in (CYCLONEDX, PROVENANCE)
    ]
    envelope = json.loads(small.blobs[manifest["layers"][1]["digest"]])
    assert base64.b64decode(envelope["payload"]) == statement
    policy = Policy(keys=(key.public,), attestations=("cyclonedx", "slsaprovenance"))
    assert len(verify(small.repository(), pushed.manifest.descriptor, policy).proofs) == 6


def test_nothing_is_signed_where_a_document_is_of_something_else(
    small: Small, pushed: Image, key: PrivateKey
) -> None:
    statement = make_statement(PROVENANCE, {}, digest=digest_of(b"other"))
    before = dict(small.manifests)

    with pytest.raises(StoreError) as failed:
        sign(
            small.repository(),
            pushed.manifest.descriptor,
            key,
            documents=belonging([statement], pushed.manifest.descriptor),
        )

    assert failed.value.message == (
        f"a document is of {digest_of(b'other')}, which is not what is signed"
    )
    assert small.manifests == before


def test_an_index_and_all_its_images_are_signed(
    small: Small, random_image: MakeImage, key: PrivateKey
) -> None:
    arm = dataclasses.replace(random_image(2, layers=1), platform=Platform("linux", "arm64"))
    index = make_index([random_image(1, layers=1), arm], {})
    repository = small.repository()
    repository.push_index(index, "1")

    signed = sign(repository, index.manifest.descriptor, key)

    digests = {index.digest, *(image.digest for image in index.images)}
    assert {each.digest for each in signed} == digests
    assert signed[-1].digest == index.digest
    for image in index.images:
        policy = Policy(keys=(key.public,))
        assert verify(repository, image.manifest.descriptor, policy).digest == image.digest
    with pytest.raises(StoreError, match="does not say of which of its images it is"):
        belonging([BILL], index.manifest.descriptor)


def test_a_crowded_tag_is_not_made_fuller(small: Small, pushed: Image, key: PrivateKey) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    tag = signature_tag(pushed.digest)
    manifest = json.loads(small.manifests[tag])
    manifest["layers"] = [{**manifest["layers"][0], "annotations": {}}] * 128
    small.put_manifest(canonical_json(manifest), tag)

    with pytest.raises(StoreError, match="has 128 signatures already"):
        sign(small.repository(), pushed.manifest.descriptor, key)


def test_how_many_requests_each_form_takes(small: Small, pushed: Image, key: PrivateKey) -> None:
    counts = {}
    for form in Form:
        small.asked.clear()
        sign(small.repository(), pushed.manifest.descriptor, key, forms=frozenset({form}))
        counts[form] = len(small.asked)

    # Each: two blobs, looked for and sent, and a manifest; the tag is read before.
    assert counts == {Form.TAG: 8, Form.BUNDLE: 7}


def test_of_a_layout_all_that_it_tells_is_attested(
    tmp_path: Path, random_image: MakeImage, key: PrivateKey, small: Small
) -> None:
    image, folder = random_image(layers=1), tmp_path / "image"
    layout.write(folder, image, "api:1")
    statement = make_statement(PROVENANCE, {}, digest=image.digest)
    layout.attach(
        folder,
        image,
        [
            layout.Attachment(media_type="application/vnd.cyclonedx+json", content=BILL),
            layout.Attachment(
                media_type="application/vnd.in-toto+json",
                content=statement,
                annotations={"in-toto.io/predicate-type": PROVENANCE},
            ),
        ],
    )

    first = sign_in_layout(folder, layout.find(folder), key)
    before = (folder / "index.json").read_bytes()
    second = sign_in_layout(folder, layout.find(folder), key)

    kinds = [SIGNATURE, CYCLONEDX, PROVENANCE]
    assert [each.predicate_type for each in first] == kinds
    assert first == second
    assert (folder / "index.json").read_bytes() == before
    assert len(layout.read_referrers(folder, image.digest)) == 5
    policy = Policy(keys=(key.public,), attestations=("cyclonedx", "slsaprovenance"))
    found = verify(folder, layout.find(folder), policy)
    assert [proof.predicate_type for proof in found.proofs] == kinds


def test_of_an_index_in_a_layout_each_image_is_signed(
    tmp_path: Path, random_image: MakeImage, key: PrivateKey
) -> None:
    arm = dataclasses.replace(random_image(2, layers=1), platform=Platform("linux", "arm64"))
    index, folder = make_index([random_image(1, layers=1), arm], {}), tmp_path / "image"
    layout.write(folder, index, "api:1")
    bills = [
        layout.Attachment(
            media_type="application/vnd.cyclonedx+json",
            content=BILL,
            subject=image.manifest.descriptor,
        )
        for image in index.images
    ]
    layout.attach(folder, index, bills)

    first = sign_in_layout(folder, layout.find(folder), key)
    second = sign_in_layout(folder, layout.find(folder), key)

    assert first == second
    assert len(first) == 5
    policy = Policy(keys=(key.public,), attestations=("cyclonedx",))
    assert len(verify(folder, layout.find(folder), policy).proofs) == 5
    for image in index.images:
        assert len(layout.read_referrers(folder, image.digest)) == 3
        assert len(verify(folder, image.manifest.descriptor, policy).proofs) == 2


@pytest.mark.oracle
def test_openssl_verifies_the_signature_of_a_payload(
    tmp_path: Path, small: Small, pushed: Image, key: PrivateKey, run: Run
) -> None:
    sign(small.repository(), pushed.manifest.descriptor, key)
    layer = json.loads(small.manifests[signature_tag(pushed.digest)])["layers"][0]
    signature = layer["annotations"]["dev.cosignproject.cosign/signature"]
    (tmp_path / "payload").write_bytes(small.blobs[layer["digest"]])
    (tmp_path / "signature").write_bytes(base64.b64decode(signature))
    (tmp_path / "cosign.pub").write_bytes(key.public.pem)

    said = run(
        "openssl", "dgst", "-sha256", "-verify", tmp_path / "cosign.pub",
        "-signature", tmp_path / "signature", tmp_path / "payload",
    )  # fmt: skip

    assert said == "Verified OK\n"


@pytest.mark.oracle
def test_skopeo_copies_signatures_and_they_stay_valid(
    tmp_path: Path, registry: str, random_image: MakeImage, key: PrivateKey, run: Run
) -> None:
    image = random_image(layers=1)
    name = f"{registry}/signed/api"
    transport = Transport(environ={})
    repository = WritableRepository(parse_reference(f"{name}:1"), transport)
    repository.push_image(image, "1")
    sign(repository, image.manifest.descriptor, key, documents={image.digest: [BILL]})

    for tag in ("1", signature_tag(image.digest), signature_tag(image.digest, "att")):
        run("skopeo", "copy", "--quiet", "--preserve-digests", "--src-tls-verify=false",
            f"docker://{name}:{tag}", f"oci:{tmp_path / 'copied'}:{tag}")  # fmt: skip

    policy = Policy(keys=(key.public,), attestations=("cyclonedx",))
    copied = layout.find(tmp_path / "copied", "1")
    found = verify(tmp_path / "copied", copied, policy)
    assert [(proof.predicate_type, proof.place[-4:]) for proof in found.proofs] == [
        (SIGNATURE, ".sig"),
        (CYCLONEDX, ".att"),
    ]
    # This registry knows no referrers: they are listed under a tag.
    assert len(verify(repository, image.manifest.descriptor, policy).proofs) == 4
