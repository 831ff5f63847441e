"""What a signed statement says, and of which image (in-toto, Statement v1 and v0.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boxwright.errors import SettingsError, StoreError
from boxwright.oci.digest import Digest
from boxwright.oci.document import Node
from boxwright.oci.statement import CYCLONEDX, PROVENANCE, SPDX, TYPE, make_statement
from boxwright.ship.document import signed_document

_TYPES = frozenset({TYPE, "https://in-toto.io/Statement/v0.1"})
"""cosign 2 still writes the older one, which reads the same."""
_MOST_SUBJECTS = 1024
_HINT = "it is damaged, or made to deceive"

SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
"""The predicate of cosign 3 by which a statement is a signature and tells nothing more."""

KINDS: dict[str, tuple[str, ...]] = {
    "slsaprovenance": (PROVENANCE, "https://slsa.dev/provenance/v0.2"),
    "slsaprovenance1": (PROVENANCE,),
    "slsaprovenance02": ("https://slsa.dev/provenance/v0.2",),
    "cyclonedx": (CYCLONEDX,),
    "spdx": (SPDX,),
    "spdxjson": (SPDX,),
    "vuln": ("https://cosign.sigstore.dev/attestation/vuln/v1",),
    "openvex": ("https://openvex.dev/ns",),
    "link": ("https://in-toto.io/Link/v1",),
}
"""cosign's short names of predicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """That something holds for some images."""

    subjects: tuple[Digest, ...]
    """The images, by the digests of their manifests or indexes."""
    predicate_type: str
    predicate: Any


def read_statement(content: bytes) -> Statement:
    """Return the statement that *content* is; StoreError says what is wrong with it."""
    document = signed_document(content, "the statement")
    kind = document.member("_type")
    if kind.text() not in _TYPES:
        raise kind.unexpected(f"`{TYPE}`")
    subjects = document.member("subject").items()
    if not 0 < len(subjects) <= _MOST_SUBJECTS:
        raise StoreError(f"the statement has {len(subjects)} subjects", hint=_HINT)
    predicate = document.get("predicate")
    return Statement(
        subjects=tuple(filter(None, map(_digest, subjects))),
        predicate_type=document.member("predicateType").text(),
        predicate=None if predicate is None else predicate.value,
    )


def _digest(subject: Node) -> Digest | None:
    found = subject.member("digest").get("sha256")
    if found is None:
        return None
    return Node(f"sha256:{found.text()}", found.document, found.key).digest()


def predicate_types(name: str) -> tuple[str, ...]:
    """
    Return the types that *name* stands for: one of cosign's short names, or a type itself.

    >>> predicate_types("cyclonedx")
    ('https://cyclonedx.org/bom',)
    """
    if name in KINDS:
        return KINDS[name]
    if ":" in name:
        return (name,)
    raise SettingsError(
        f"`{name}` is no kind of attestation",
        hint=f"name one of {', '.join(f'`{each}`' for each in KINDS)}, or a type: `https://…`",
    )


def as_statement(content: bytes, *, digest: Digest) -> bytes:
    """
    Return the document *content* as a statement of the image *digest*.

    A statement stays as it is, byte by byte; StoreError where it is of another image. A
    software bill of materials in CycloneDX or SPDX becomes the predicate of one.
    """
    document = signed_document(content, "the document")
    if document.get("_type") is not None:
        statement = read_statement(content)
        if digest not in statement.subjects:
            raise StoreError(
                f"the statement is not of {digest} but of {', '.join(statement.subjects)}",
                hint="build the image again: what is attested is of one image only",
            )
        return content
    form = document.get("bomFormat")
    if form is not None and form.value == "CycloneDX":
        return make_statement(CYCLONEDX, document.value, digest=digest)
    if document.get("spdxVersion") is not None:
        return make_statement(SPDX, document.value, digest=digest)
    raise StoreError(
        "the document is no statement of in-toto, and no bill of materials",
        hint="attest what `boxwright build` wrote, CycloneDX or SPDX in JSON, or a statement",
    )
