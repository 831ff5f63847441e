"""
Verifying that an image is signed, and that what is attested of it is, as a policy wants it.

Signatures are looked for in all three places: cosign's tags for signatures and attestations,
and the manifests that refer to the image. Whatever is read there is hostile. Of each thing
that stands there either all of it is right (the image's digest, the type of what is signed,
the signature over exactly these bytes, whose it is) or it does not count, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from boxwright.errors import SignatureError, StoreError
from boxwright.image.blob import Blob
from boxwright.oci import media_type
from boxwright.oci.document import Node, parse_document
from boxwright.oci.manifest import Manifest
from boxwright.ship import bundle, dsse, signature
from boxwright.ship.document import LARGEST, decoded
from boxwright.ship.keyless import Identity, verified_statement
from boxwright.ship.keys import PublicKey
from boxwright.ship.parts import parts
from boxwright.ship.statement import SIGNATURE, Statement, predicate_types, read_statement
from boxwright.store import layout
from boxwright.store.registry.client import AbsentError, RegistryBlob, Repository
from boxwright.store.stored import Referrer, names_of
from boxwright.store.verified import StoredBlob

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import Digest

_MOST = 128
"""Things that are looked at for one image."""
_MOST_BYTES = 128 << 20
"""Bytes that are read of them, all in all."""
_LARGEST_PAYLOAD = 64 << 10
_TOLD = 3
"""Reasons that a message has; there may be hundreds."""

_SAVED = {"sig": "dev.cosignproject.cosign/sigs", "att": "dev.cosignproject.cosign/atts"}
"""How `cosign save` names in a layout what has a tag in a registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who has to have signed an image, and what has to be attested of it."""

    keys: tuple[PublicKey, ...] = ()
    """One of them will do."""
    identity: Identity | None = None
    """Will do, too: a signature without a key, through sigstore."""
    attestations: tuple[str, ...] = ()
    """Kinds (`slsaprovenance`) or types of predicates, all of which have to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A signature or an attestation that is valid."""

    digest: Digest
    """Of the image or index that it is of."""
    predicate_type: str
    """What is attested; for a plain signature that it is one."""
    place: str
    """Where it stands: a tag, or the digest of what refers to the image."""
    signer: str
    """The key's kind and fingerprint, or the identity and who vouches for it."""

    @property
    def is_signature(self) -> bool:
        """Whether it says nothing but that the image is signed."""
        return self.predicate_type == SIGNATURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found to be valid of an image, as its policy wants it."""

    digest: Digest
    proofs: tuple[Proof, ...]
    rejected: tuple[str, ...] = ()
    """What stands there too and does not count, and why."""


class UnsignedError(SignatureError):
    """
    An image lacks what a policy wants.

    *what* says so, *rejected* what stands there and does not count; the message has both.
    """

    def __init__(self, what: str, *, hint: str, digest: Digest, rejected: tuple[str, ...]) -> None:
        told = "; ".join(rejected[:_TOLD])
        if len(rejected) > _TOLD:
            told += f"; and {len(rejected) - _TOLD} more"
        found = f"; what is there does not count: {told}" if told else ""
        super().__init__(f"{what}{found}", hint=hint)
        self.what = what
        self.digest = digest
        self.rejected = rejected


def verify(place: Repository | Path, descriptor: Descriptor, policy: Policy) -> Verified:
    """
    Return what is valid of the image or index *descriptor* in a registry or layout.

    UnsignedError where no signature is, or an attestation is missing that *policy* wants.
    Of an index attestations may be of each of its images instead.
    """
    source: _Source = _InLayout(place) if isinstance(place, Path) else _InRegistry(place)
    wanted = [(name, predicate_types(name)) for name in policy.attestations]
    found = _Found(policy)
    found.look(source, descriptor)
    if not any(proof.is_signature for proof in found.proofs):
        raise _unsigned(f"{descriptor.digest} has no valid signature", descriptor, policy, found)
    for name, types in wanted:
        if any(proof.predicate_type in types for proof in found.proofs):
            continue
        missing = _without(source, descriptor, types, found)
        if missing:
            of = "" if missing == descriptor.digest else f" for {missing}"
            message = f"{descriptor.digest} has no valid attestation `{name}`{of}"
            raise _unsigned(message, descriptor, policy, found)
    return Verified(
        digest=descriptor.digest, proofs=tuple(found.proofs), rejected=tuple(found.rejected)
    )


def _without(
    source: _Source, descriptor: Descriptor, types: tuple[str, ...], found: _Found
) -> Digest | None:
    """Return which image of *descriptor* has no attestation of *types*; None where each has."""
    images = [
        part
        for part in parts(descriptor, lambda each: _read(source.blob(each), LARGEST))
        if part.media_type not in media_type.INDEXES
    ]
    for image in images:
        found.look(source, image)
        if not any(
            proof.digest == image.digest and proof.predicate_type in types for proof in found.proofs
        ):
            return image.digest
    return None if images else descriptor.digest


def _unsigned(what: str, descriptor: Descriptor, policy: Policy, found: _Found) -> UnsignedError:
    wanted = [f"the key {key.fingerprint}" for key in policy.keys]
    if policy.identity:
        wanted.append(str(policy.identity))
    hint = f"it has to be signed by {' or '.join(wanted)}" if wanted else "name a key"
    if not found.rejected and not found.proofs:
        what += ": nothing is signed there"
    return UnsignedError(what, hint=hint, digest=descriptor.digest, rejected=tuple(found.rejected))


class _Source(Protocol):
    """Where images and what tells of them are read from."""

    def manifest(self, tag: str) -> StoredBlob | None: ...
    def blob(self, descriptor: Descriptor) -> StoredBlob: ...
    def referrers(self, digest: Digest) -> tuple[Referrer, ...]: ...


class _InRegistry:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def manifest(self, tag: str) -> StoredBlob | None:
        try:
            return self._repository.manifest(tag)
        except AbsentError:
            return None

    def blob(self, descriptor: Descriptor) -> StoredBlob:
        if descriptor.media_type in media_type.INDEXES | media_type.MANIFESTS:
            return self._repository.manifest(descriptor.digest)
        return RegistryBlob(descriptor, self._repository)

    def referrers(self, digest: Digest) -> tuple[Referrer, ...]:
        return self._repository.read_referrers(digest)


class _InLayout:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def manifest(self, tag: str) -> StoredBlob | None:
        kind = _SAVED[tag.rpartition(".")[2]]
        for entry in layout.entries(self._folder):
            named = any(name == tag or name.endswith(f":{tag}") for name in names_of(entry))
            if named or entry.annotations.get("kind") == kind:
                return layout.blob(self._folder, entry)
        return None

    def blob(self, descriptor: Descriptor) -> StoredBlob:
        return layout.blob(self._folder, descriptor)

    def referrers(self, digest: Digest) -> tuple[Referrer, ...]:
        return layout.read_referrers(self._folder, digest)


class _Found:
    """What was found so far: what counts, and what does not."""

    def __init__(self, policy: Policy) -> None:
        self.proofs: list[Proof] = []
        self.rejected: list[str] = []
        self._policy = policy
        self._bytes = 0
        self._payloads: dict[Digest, bytes] = {}
        """Several keys sign the same payload."""

    def look(self, source: _Source, descriptor: Descriptor) -> None:
        """Look at all that tells of the image *descriptor*."""
        digest = descriptor.digest
        for at, (place, prove) in enumerate(self._candidates(source, digest)):
            if at == _MOST:
                self.rejected.append(f"there are more than {_MOST}, the rest was not read")
                return
            try:
                proof = prove()
            except (StoreError, SignatureError) as error:
                self.rejected.append(f"{place}: {error.message}")
            else:
                if proof not in self.proofs:
                    self.proofs.append(proof)

    def _candidates(
        self, source: _Source, digest: Digest
    ) -> Iterator[tuple[str, Callable[[], Proof]]]:
        for tag, kind, check in (
            (signature.signature_tag(digest), signature.MEDIA_TYPE, self._simple),
            (signature.attestation_tag(digest), dsse.MEDIA_TYPE, self._enveloped),
        ):
            try:
                layers = _layers(source.manifest(tag))
            except StoreError as error:
                self.rejected.append(f"`{tag}`: {error.message}")
                continue
            for layer in layers:
                if layer.media_type == kind:

                    def prove(
                        layer: Descriptor = layer,
                        check: Callable[[Blob, Digest], tuple[str, str]] = check,
                        place: str = tag,
                    ) -> Proof:
                        told, signer = check(source.blob(layer), digest)
                        return Proof(digest=digest, predicate_type=told, place=place, signer=signer)

                    yield f"`{tag}`", prove
        for referrer in source.referrers(digest):
            for blob in referrer.blobs:
                if bundle.is_bundle(blob.descriptor.media_type):
                    place = str(referrer.descriptor.digest)

                    def prove_bundle(blob: Blob = blob, place: str = place) -> Proof:
                        told, signer = self._bundled(blob, digest)
                        return Proof(digest=digest, predicate_type=told, place=place, signer=signer)

                    yield place, prove_bundle

    def _simple(self, blob: Blob, digest: Digest) -> tuple[str, str]:
        """Return what the payload *blob* tells, and who signed it (cosign, SIGNATURE_SPEC.md)."""
        annotations = blob.descriptor.annotations
        text = annotations.get(signature.SIGNATURE, "")
        if not text:
            raise StoreError("it has no signature", hint="")
        if signature.CERTIFICATE in annotations:
            raise StoreError(
                "it is signed without a key in the form of cosign 2, which is not verified here",
                hint="sign with cosign 3, which makes bundles, or verify it with cosign",
            )
        known = blob.descriptor.digest
        if known not in self._payloads:
            self._payloads[known] = self._read(blob, _LARGEST_PAYLOAD)
        content = self._payloads[known]
        made = decoded(Node(text, "its signature"))
        key = next((key for key in self._policy.keys if key.verifies(made, content)), None)
        if key is None:
            raise _by_nobody()
        told = signature.signed_digest(content)
        if told != digest:
            raise StoreError(f"it is the signature of another image, {told}", hint="")
        return SIGNATURE, _name(key)

    def _enveloped(self, blob: Blob, digest: Digest) -> tuple[str, str]:
        envelope = dsse.read_envelope(self._read(blob, LARGEST))
        key = envelope.signer(self._policy.keys)
        if key is None:
            raise _by_nobody()
        return _of_image(read_statement(envelope.statement()), digest), _name(key)

    def _bundled(self, blob: Blob, digest: Digest) -> tuple[str, str]:
        content = self._read(blob, LARGEST)
        found = bundle.read_bundle(content)
        if not found.has_certificate:
            key = found.envelope.signer(self._policy.keys)
            if key is None:
                raise _by_nobody()
            return _of_image(read_statement(found.envelope.statement()), digest), _name(key)
        identity = self._policy.identity
        if identity is None:
            raise StoreError("it is signed without a key, and no identity is wanted", hint="")
        kind, payload = verified_statement(content, identity)
        if (kind, payload) != (found.envelope.payload_type, found.envelope.payload):
            raise StoreError("it is read in two ways", hint="")
        return _of_image(read_statement(found.envelope.statement()), digest), str(identity)

    def _read(self, blob: Blob, largest: int) -> bytes:
        self._bytes += blob.descriptor.size
        if self._bytes > _MOST_BYTES:
            raise StoreError(f"more than {_MOST_BYTES} bytes tell of the image", hint="")
        return _read(blob, largest)


def _read(blob: Blob, largest: int) -> bytes:
    if blob.descriptor.size > largest:
        raise StoreError(
            f"{blob.descriptor.digest} has {blob.descriptor.size} bytes,"
            f" more than the {largest} that it may have",
            hint="it is damaged, or made to do harm",
        )
    with blob.open() as file:
        return file.read()


def _layers(blob: StoredBlob | None) -> tuple[Descriptor, ...]:
    if blob is None:
        return ()
    return Manifest.from_dict(parse_document(blob.read(), blob.place)).layers


def _by_nobody() -> StoreError:
    return StoreError("none of the keys made this signature", hint="")


def _name(key: PublicKey) -> str:
    return f"{key.kind} {key.fingerprint}"


def _of_image(statement: Statement, digest: Digest) -> str:
    if digest not in statement.subjects:
        others = ", ".join(statement.subjects[:3]) or "nothing"
        raise StoreError(f"it is the statement of another image, {others}", hint="")
    return statement.predicate_type
