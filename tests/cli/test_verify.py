"""`boxwright verify`: what is printed, and the exit status that a pipeline goes by."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.conftest import MakeImage
from tests.ship.local_sigstore import IDENTITY, ISSUER, running
from tests.ship.small_registry import NAME, Small, serving

from boxwright.image.image import Image
from boxwright.oci.canonical import canonical_json
from boxwright.oci.statement import CYCLONEDX
from boxwright.ship.keys import PrivateKey, new_private_key
from boxwright.ship.sign import Form, sign


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    key = new_private_key()
    (tmp_path / "a.pub").write_bytes(key.public.pem)
    return key


@pytest.fixture
def signed(small: Small, random_image: MakeImage, key: PrivateKey) -> Image:
    image = random_image(layers=1, size=100)
    repository = small.repository()
    repository.push_image(image, "1")
    sign(
        repository,
        image.manifest.descriptor,
        key,
        documents={image.digest: [canonical_json({"bomFormat": "CycloneDX"})]},
        forms=frozenset({Form.TAG}),
    )
    return image


def test_what_was_verified_is_printed_digest_first(
    command: Command, small: Small, signed: Image, key: PrivateKey
) -> None:
    name, signer = f"{small.host}/{NAME}:1", f"ECDSA P-256 {key.public.fingerprint}"
    tag = f"sha256-{signed.digest[7:]}"

    found = command("verify", name, "--key", "a.pub", "--attestation", "cyclonedx")

    assert (found.status, found.err) == (0, "")
    assert found.out == (
        f"{signed.digest} is {name}, and verified:\n"
        f"  signed by {signer} (in {tag}.sig)\n"
        f"  attested, {CYCLONEDX}, by {signer} (in {tag}.att)\n"
    )


def test_the_document_tells_all(
    command: Command, small: Small, signed: Image, key: PrivateKey
) -> None:
    name, signer = f"{small.host}/{NAME}:1", f"ECDSA P-256 {key.public.fingerprint}"
    tag = f"sha256-{signed.digest[7:]}"

    found = command("verify", name, "--key", "a.pub", "--format", "json")

    assert json.loads(found.out) == {
        "image": name,
        "digest": signed.digest,
        "verified": True,
        "problem": None,
        "signatures": [{"digest": signed.digest, "signer": signer, "place": f"{tag}.sig"}],
        "attestations": [
            {
                "digest": signed.digest,
                "signer": signer,
                "place": f"{tag}.att",
                "predicateType": CYCLONEDX,
            }
        ],
        "rejected": [],
    }


def test_another_key_is_a_finding(
    command: Command, small: Small, signed: Image, tmp_path: Path
) -> None:
    other = new_private_key().public
    (tmp_path / "b.pub").write_bytes(other.pem)
    name, tag = f"{small.host}/{NAME}:1", f"sha256-{signed.digest[7:]}"

    text = command("verify", name, "--key", "b.pub")
    document = command("verify", name, "--key", "b.pub", "--format", "json")

    nobody = "none of the keys made this signature"
    reasons = (f"`{tag}.sig`: {nobody}", f"`{tag}.att`: {nobody}")
    problem = f"{signed.digest} has no valid signature"
    assert (text.status, text.err) == (1, "")
    assert text.out == (
        f"{name} is not verified: {problem}\n"
        f"  not counted: {reasons[0]}\n"
        f"  not counted: {reasons[1]}\n"
        f"  it has to be signed by the key {other.fingerprint}\n"
    )
    assert document.status == 1
    assert json.loads(document.out) == {
        "image": name,
        "digest": signed.digest,
        "verified": False,
        "problem": problem,
        "signatures": [],
        "attestations": [],
        "rejected": list(reasons),
    }


def test_a_missing_attestation_is_a_finding(command: Command, small: Small, signed: Image) -> None:
    found = command(
        "verify", f"{small.host}/{NAME}:1", "--key", "a.pub", "--attestation", "slsaprovenance"
    )

    assert found.status == 1
    assert f"{signed.digest} has no valid attestation `slsaprovenance`" in found.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name who has to have signed it: --key, or --identity and --issuer"),
        (("--identity", "a@example.com"), "--identity and --issuer go together"),
        (("--key", "a.pub", "--issuer", ISSUER), "--identity and --issuer go together"),
        (("--key", "a.pub", "--trusted-root", "x"), "--trusted-root goes with --identity"),
        (("--key", "nowhere.pub"), "the key `nowhere.pub` cannot be read"),
        (("--key", "a.pub", "--attestation", "bom"), "`bom` is no kind of attestation"),
    ],
)
@pytest.mark.usefixtures("key")
def test_bad_input_is_no_finding(
    command: Command, arguments: tuple[str, ...], message: str
) -> None:
    failed = command("verify", "127.0.0.1:1/team/api:1", *arguments)

    assert failed.status == 2
    assert failed.out == ""
    assert message in failed.err


def test_an_image_that_is_not_there_is_no_finding(
    command: Command, small: Small, key: PrivateKey
) -> None:
    failed = command("verify", f"{small.host}/{NAME}:9", "--key", "a.pub")

    assert failed.status == 2


def test_an_identity_is_verified_and_printed(
    command: Command,
    small: Small,
    signed: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"{small.host}/{NAME}:1"
    with running() as sigstore:
        for variable, value in sigstore.environ().items():
            monkeypatch.setenv(variable, value)
        (tmp_path / "trust.json").write_bytes(canonical_json(sigstore.trust_config()))
        (tmp_path / "root.json").write_bytes(canonical_json(sigstore.trusted_root()))
        made = command("sign", name, "--keyless", "--trust-config", "trust.json")
        whom = ("--identity", IDENTITY, "--issuer", ISSUER, "--trusted-root", "root.json")
        found = command("verify", name, *whom)
        other = command("verify", name, "--identity", "a@example.com", *whom[2:])

    assert made.status == 0
    assert found.status == 0
    assert f"  signed by {IDENTITY} (by {ISSUER}) (in sha256:" in found.out
    assert other.status == 1


@pytest.mark.usefixtures("signed")
def test_without_the_extra_an_identity_is_no_finding(
    command: Command, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.models", None)

    failed = command(
        "verify", f"{small.host}/{NAME}:1", "--identity", "a@example.com", "--issuer", ISSUER
    )

    assert failed.status == 2
    assert "pip install 'boxwright[keyless]'" in failed.err
