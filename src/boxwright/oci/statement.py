"""
Statements about images (in-toto attestation framework, Statement v1).

A statement says of its subject, known by digest, what its predicate tells; the predicate's
type says how that is to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, hex_of

MEDIA_TYPE = "application/vnd.in-toto+json"
"""Of a statement, on its own or in an envelope."""
TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "in-toto.io/predicate-type"
"""The annotation that says of a stored statement what it tells (BuildKit's, and ours)."""

PROVENANCE = "https://slsa.dev/provenance/v1"
CYCLONEDX = "https://cyclonedx.org/bom"
SPDX = "https://spdx.dev/Document"


def make_statement(
    predicate_type: str, predicate: Mapping[str, Any], *, digest: Digest, name: str = "_"
) -> bytes:
    """
    Return the statement that *predicate* holds for the image *digest*, called *name*.

    A name has to be there for some readers; `_` is in-toto's for none.
    """
    subject = {"name": name, "digest": {"sha256": hex_of(digest)}}
    return canonical_json(
        {
            "_type": TYPE,
            "subject": [subject],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )
