"""
Signing images and what tells of them, in a registry or in a layout.

A signature is kept twice in a registry: under the tag where cosign 1 and 2 look for it, and
as a bundle that refers to the image, where cosign 3 looks first. Both are small, and who
verifies with either finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import StoreError
from boxwright.image.blob import bytes_blob
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest
from boxwright.oci.statement import make_statement
from boxwright.ship import bundle, dsse, signature
from boxwright.ship.document import LARGEST, base64_text, signed_document
from boxwright.ship.keys import PrivateKey
from boxwright.ship.parts import parts
from boxwright.ship.statement import SIGNATURE, as_statement, read_statement
from boxwright.store import layout
from boxwright.store.layout import Attachment
from boxwright.store.registry.client import AbsentError
from boxwright.store.stored import REFERENCE_DIGEST

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import Digest
    from boxwright.ship.keyless import Keyless
    from boxwright.store.registry.push import WritableRepository
    from boxwright.store.stored import Referrer

_MOST_LAYERS = 128
"""Of a manifest of signatures; more than are looked at when they are verified."""


class Form(StrEnum):
    """How signatures are kept in a registry."""

    TAG = "tag"
    """As cosign 1 and 2 do."""
    BUNDLE = "bundle"
    """As cosign 3 does."""


FORMS = frozenset(Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One thing that was signed."""

    digest: Digest
    """Of the image or index."""
    predicate_type: str
    """What was said of it: that it is signed, or what an attestation tells."""


def sign(
    repository: WritableRepository,
    descriptor: Descriptor,
    signer: PrivateKey | Keyless,
    *,
    documents: Mapping[Digest, Sequence[bytes]] | None = None,
    forms: frozenset[Form] = FORMS,
) -> tuple[Signed, ...]:
    """
    Sign the image or index *descriptor* in *repository*, and each image that an index names.

    *documents* (bills of materials, statements) are attested to the images they belong to.
    Only give what you made or checked: a signature makes it yours. Signatures that are there
    stay, and what was signed before by the same key is not stored again. Keyless signatures
    are bundles in any case.
    """

    def read(index: Descriptor) -> bytes:
        return repository.manifest(index.digest).content

    images = parts(descriptor, read)
    unknown = set(documents or {}) - {each.digest for each in (descriptor, *images)}
    if unknown:
        raise StoreError(
            f"a document is of {', '.join(sorted(unknown))}, which is not what is signed",
            hint="attest what was made of this very image",
        )
    signed = []
    # The images come first: who finds the index signed finds all of it signed.
    for each in (*reversed(images), descriptor):
        if isinstance(signer, PrivateKey) and Form.TAG in forms:
            _sign_by_tag(repository, each, signer)
        if not isinstance(signer, PrivateKey) or Form.BUNDLE in forms:
            statement = _signature_of(each.digest)
            repository.attach(each, _bundled(statement, signer))
        signed.append(Signed(digest=each.digest, predicate_type=SIGNATURE))
        signed += [
            _attest(repository, each, document, signer, forms)
            for document in (documents or {}).get(each.digest, ())
        ]
    return tuple(signed)


def belonging(
    documents: Iterable[bytes], descriptor: Descriptor
) -> Mapping[Digest, Sequence[bytes]]:
    """Return *documents* by the images that they are of: *descriptor*'s where they name none."""
    found: dict[Digest, list[bytes]] = {}
    for document in documents:
        root = signed_document(document, "the document")
        images: Sequence[Digest] = (descriptor.digest,)
        if root.get("_type") is not None:
            images = read_statement(document).subjects
        elif descriptor.media_type in media_type.INDEXES:
            raise StoreError(
                f"{descriptor.digest} is an index, and the document does not say of which of its"
                " images it is",
                hint="attest it to the image by its digest",
            )
        for digest in images:
            found.setdefault(digest, []).append(document)
    return found


def sign_in_layout(
    folder: Path, descriptor: Descriptor, signer: PrivateKey | Keyless
) -> tuple[Signed, ...]:
    """
    Sign the image or index *descriptor* of the layout *folder*, and attest what the layout tells.

    The bundles become part of what it tells, so that whoever pushes the image pushes them too.
    """
    images = parts(descriptor, lambda each: layout.blob(folder, each).read())
    told: list[Attachment] = []
    signed = []
    for each in (*reversed(images), descriptor):
        about = list(_attachments(layout.read_referrers(folder, each.digest), each))
        statements = [_signature_of(each.digest), *_statements(about, each.digest)]
        known = {attachment.content for attachment in about}
        bundles = [replace(_bundled(statement, signer), subject=each) for statement in statements]
        told += [*about, *(one for one in bundles if one.content not in known)]
        signed += [
            Signed(digest=each.digest, predicate_type=read_statement(statement).predicate_type)
            for statement in statements
        ]
    layout.attach(folder, descriptor, told)
    return tuple(signed)


def _statements(attachments: Iterable[Attachment], digest: Digest) -> Iterator[bytes]:
    """Yield those of *attachments* that can be attested to the image *digest*, as statements."""
    for attachment in attachments:
        try:
            yield as_statement(attachment.content, digest=digest)
        except StoreError:
            # A bundle, or a document of a kind that nobody attests.
            continue


def _signature_of(digest: Digest) -> bytes:
    return make_statement(SIGNATURE, {}, digest=digest)


def _attest(
    repository: WritableRepository,
    descriptor: Descriptor,
    document: bytes,
    signer: PrivateKey | Keyless,
    forms: frozenset[Form],
) -> Signed:
    statement = as_statement(document, digest=descriptor.digest)
    kind = read_statement(statement).predicate_type
    if isinstance(signer, PrivateKey) and Form.TAG in forms:
        content = bytes_blob(dsse.MEDIA_TYPE, _compact(dsse.seal(statement, signer)))
        # cosign has an empty signature beside an envelope, which has its own.
        annotations = {signature.SIGNATURE: "", signature.PREDICATE_TYPE: kind}
        tag = signature.attestation_tag(descriptor.digest)
        present = _present(repository, tag)
        if present is None or content.descriptor.digest not in _digests(present):
            _put(repository, tag, signature.with_layer(present, content, annotations))
    if not isinstance(signer, PrivateKey) or Form.BUNDLE in forms:
        repository.attach(descriptor, _bundled(statement, signer))
    return Signed(digest=descriptor.digest, predicate_type=kind)


def _sign_by_tag(repository: WritableRepository, descriptor: Descriptor, key: PrivateKey) -> None:
    reference = repository.reference
    name = f"{reference.registry}/{reference.repository}"
    payload = signature.payload(descriptor.digest, name)
    content = bytes_blob(signature.MEDIA_TYPE, payload)
    text = base64_text(key.sign(payload))
    tag = signature.signature_tag(descriptor.digest)
    present = _present(repository, tag)
    for layer in present.layers if present else ():
        known = layer.annotations.get(signature.SIGNATURE)
        if (layer.digest, known) == (content.descriptor.digest, text):
            return
    _put(repository, tag, signature.with_layer(present, content, {signature.SIGNATURE: text}))


def _present(repository: WritableRepository, tag: str) -> Manifest | None:
    try:
        blob = repository.manifest(tag)
    except AbsentError:
        return None
    manifest = Manifest.from_dict(parse_document(blob.content, blob.place))
    if len(manifest.layers) >= _MOST_LAYERS:
        raise StoreError(
            f"{blob.place} has {len(manifest.layers)} signatures already, and more are not read",
            hint="remove the tag in the registry, and sign again",
        )
    return manifest


def _digests(manifest: Manifest) -> set[Digest]:
    return {layer.digest for layer in manifest.layers}


def _put(repository: WritableRepository, tag: str, kept: signature.Kept) -> None:
    for blob in kept.blobs:
        repository.put_blob(blob)
    repository.put_manifest(kept.manifest, tag)


def _bundled(statement: bytes, signer: PrivateKey | Keyless) -> Attachment:
    if isinstance(signer, PrivateKey):
        content = bundle.make_bundle(dsse.seal(statement, signer), signer.public)
    else:
        content = signer.bundle(statement)
    return Attachment(
        media_type=bundle.MEDIA_TYPE,
        content=content,
        annotations=bundle.annotations_of(read_statement(statement).predicate_type),
    )


def _compact(envelope: dsse.Envelope) -> bytes:
    return canonical_json(envelope.to_dict())


def _attachments(referrers: Sequence[Referrer], subject: Descriptor) -> Iterator[Attachment]:
    """Yield what *referrers* tell of *subject*, so that it can be attached again."""
    for referrer in referrers:
        if REFERENCE_DIGEST in referrer.descriptor.annotations:
            # BuildKit's stand in the index itself, and stay there.
            continue
        for blob in referrer.blobs:
            if blob.descriptor.size > LARGEST:
                raise StoreError(
                    f"{blob.descriptor.digest}, which tells of the image, has"
                    f" {blob.descriptor.size} bytes, more than the {LARGEST} that are read",
                    hint="build the image again",
                )
            with blob.open() as file:
                content = file.read()
            yield Attachment(
                media_type=referrer.artifact_type,
                content=content,
                annotations=referrer.descriptor.annotations,
                subject=subject,
            )
