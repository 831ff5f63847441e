"""Signing without a key: with the real library, against a sigstore on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ship.local_sigstore import IDENTITY, ISSUER, SECRET, LocalSigstore, running
from tests.ship.small_registry import Small

from boxwright.errors import KeyFileError, SignatureError
from boxwright.image.image import Image
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of
from boxwright.oci.statement import MEDIA_TYPE, make_statement
from boxwright.ship.keyless import Identity, Keyless, keyless, verified_statement
from boxwright.ship.keys import PrivateKey
from boxwright.ship.sign import sign
from boxwright.ship.statement import SIGNATURE
from boxwright.ship.verify import Policy, UnsignedError, verify

STATEMENT = make_statement(SIGNATURE, {}, digest=digest_of(b"image"))


@pytest.fixture
def sigstore() -> Iterator[LocalSigstore]:
    with running() as here:
        yield here


@pytest.fixture
def whom(tmp_path: Path, sigstore: LocalSigstore) -> Identity:
    (tmp_path / "trusted_root.json").write_bytes(canonical_json(sigstore.trusted_root()))
    return Identity(name=IDENTITY, issuer=ISSUER, trusted_root=tmp_path / "trusted_root.json")


@pytest.fixture
def signer(tmp_path: Path, sigstore: LocalSigstore, monkeypatch: pytest.MonkeyPatch) -> Keyless:
    for name, value in sigstore.environ().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "trust.json").write_bytes(canonical_json(sigstore.trust_config()))
    return keyless(interactive=False, trust_config=tmp_path / "trust.json")


def test_a_job_signs_and_everybody_verifies_who_it_was(signer: Keyless, whom: Identity) -> None:
    assert verified_statement(signer.bundle(STATEMENT), whom) == (MEDIA_TYPE, STATEMENT)


def test_an_image_is_signed_and_verified_without_a_key(
    small: Small, pushed: Image, signer: Keyless, whom: Identity, key: PrivateKey
) -> None:
    repository, descriptor = small.repository(), pushed.manifest.descriptor
    bill = canonical_json({"bomFormat": "CycloneDX"})

    sign(repository, descriptor, signer, documents={pushed.digest: [bill]})
    found = verify(repository, descriptor, Policy(identity=whom, attestations=("cyclonedx",)))

    assert [proof.signer for proof in found.proofs] == [f"{IDENTITY} (by {ISSUER})"] * 2
    assert not [name for name in small.manifests if name.endswith((".sig", ".att"))]
    with pytest.raises(UnsignedError) as failed:
        verify(repository, descriptor, Policy(keys=(key.public,)))
    assert {each.partition(": ")[2] for each in failed.value.rejected} == {
        "it is signed without a key, and no identity is wanted"
    }


@pytest.mark.parametrize(
    ("name", "issuer"),
    [("somebody@example.com", ISSUER), (IDENTITY, "https://other.example.com"), ("", "")],
)
def test_somebody_else_does_not_count(
    signer: Keyless, whom: Identity, name: str, issuer: str
) -> None:
    other = Identity(name=name, issuer=issuer, trusted_root=whom.trusted_root)

    with pytest.raises(SignatureError):
        verified_statement(signer.bundle(STATEMENT), other)


def test_another_root_does_not_count(signer: Keyless, whom: Identity, tmp_path: Path) -> None:
    with running() as other:
        (tmp_path / "other.json").write_bytes(canonical_json(other.trusted_root()))
    stranger = Identity(name=IDENTITY, issuer=ISSUER, trusted_root=tmp_path / "other.json")

    with pytest.raises(SignatureError, match="the bundle is not valid"):
        verified_statement(signer.bundle(STATEMENT), stranger)


def test_any_changed_value_of_a_bundle_is_found(signer: Keyless, whom: Identity) -> None:
    content = signer.bundle(STATEMENT)
    document = json.loads(content)
    material = document["verificationMaterial"]
    entry = material["tlogEntries"][0]
    changed = [
        (document["dsseEnvelope"], "payload"),
        (document["dsseEnvelope"], "payloadType"),
        (document["dsseEnvelope"]["signatures"][0], "sig"),
        (material["certificate"], "rawBytes"),
        (entry, "canonicalizedBody"),
        (entry, "integratedTime"),
        (entry["inclusionPromise"], "signedEntryTimestamp"),
        (entry["inclusionProof"], "rootHash"),
        (entry["inclusionProof"]["checkpoint"], "envelope"),
    ]
    assert verified_statement(content, whom)[1] == STATEMENT

    for part, name in changed:
        before = str(part[name])
        at = len(before) // 2
        part[name] = before[:at] + ("1" if before[at] != "1" else "2") + before[at + 1 :]
        with pytest.raises(SignatureError):
            verified_statement(json.dumps(document).encode(), whom)
        part[name] = before


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b"\xff", b'{"mediaType": 1}'])
def test_rubbish_is_told(whom: Identity, content: bytes) -> None:
    with pytest.raises(SignatureError):
        verified_statement(content, whom)


def test_a_refusal_does_not_repeat_the_token(
    sigstore: LocalSigstore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in sigstore.environ().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "trust.json").write_bytes(canonical_json(sigstore.trust_config()))
    sigstore.fails = True

    with pytest.raises(SignatureError) as failed:
        keyless(interactive=False, trust_config=tmp_path / "trust.json")

    token = sigstore.token().split(".")[1][:40]
    assert failed.value.message.startswith("signing without a key cannot begin: ")
    assert token not in failed.value.message
    assert SECRET not in failed.value.message


def test_nobody_signs_where_nobody_vouches(
    sigstore: LocalSigstore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in sigstore.environ():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "trust.json").write_bytes(canonical_json(sigstore.trust_config()))

    with pytest.raises(KeyFileError) as failed:
        keyless(interactive=False, trust_config=tmp_path / "trust.json")

    assert failed.value.message.startswith("nobody vouches for who signs here")


def test_a_job_without_the_permission_is_told(
    sigstore: LocalSigstore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in sigstore.environ():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (tmp_path / "trust.json").write_bytes(canonical_json(sigstore.trust_config()))

    with pytest.raises(SignatureError, match="ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        keyless(interactive=False, trust_config=tmp_path / "trust.json")


@pytest.mark.parametrize("content", [None, b"{}", b"x" * (5 << 20)])
def test_a_root_that_is_none_is_told(
    signer: Keyless, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)
    whom = Identity(name=IDENTITY, issuer=ISSUER, trusted_root=tmp_path / "bad.json")

    with pytest.raises((KeyFileError, SignatureError)):
        verified_statement(signer.bundle(STATEMENT), whom)


def test_without_the_extra_the_hint_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.models", None)

    with pytest.raises(KeyFileError) as failed:
        keyless(interactive=False)

    assert failed.value.hint == "install it: `pip install 'boxwright[keyless]'`; or use `--key`"
