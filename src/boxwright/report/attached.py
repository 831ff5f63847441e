"""What is told of an image beside it (SBOMs, provenance, signatures) → lines, and a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from boxwright.errors import BoxwrightError
from boxwright.image.blob import Blob
from boxwright.practices.image_subject import printable
from boxwright.report.size import human_size
from boxwright.store.stored import Referrer

_PREDICATE = "in-toto.io/predicate-type"
_LARGEST = 64 << 20
_WORDS = (
    ("cyclonedx", "software bill of materials (CycloneDX)"),
    ("spdx", "software bill of materials (SPDX)"),
    ("slsa.dev/provenance", "provenance (SLSA)"),
    ("vex", "statements on vulnerabilities (VEX)"),
    ("cosign.simplesigning", "signature (cosign)"),
    ("sigstore.bundle", "signature (Sigstore)"),
    ("notary.signature", "signature (Notary)"),
    ("vnd.in-toto", "attestation (in-toto)"),
)


def attached_lines(referrers: Sequence[Referrer]) -> Iterator[str]:
    """Yield a line for each document of *referrers*."""
    for each in attached_document(referrers):
        packages = each["packages"]
        count = (
            f", {packages} package{'' if packages == 1 else 's'}" if packages is not None else ""
        )
        yield f"{printable(each['title'])}{count}, {human_size(each['size'])}"


def attached_document(referrers: Sequence[Referrer]) -> list[dict[str, Any]]:
    """Return *referrers* as a part of a document, one entry for each blob; sizes in bytes."""
    found = []
    for referrer in referrers:
        for blob in referrer.blobs:
            descriptor = blob.descriptor
            said_of = {**referrer.descriptor.annotations, **descriptor.annotations}
            kind = said_of.get(_PREDICATE, "")
            said = kind or descriptor.media_type or referrer.artifact_type
            lower = f"{kind or descriptor.media_type} {referrer.artifact_type}".lower()
            title = next((title for word, title in _WORDS if word in lower), said)
            found.append(
                {
                    "title": title,
                    "type": said,
                    "manifest": referrer.descriptor.digest,
                    "digest": descriptor.digest,
                    "size": descriptor.size,
                    "packages": _packages(blob) if "bill of materials" in title else None,
                }
            )
    return found


def _packages(blob: Blob) -> int | None:
    """Return how many packages the bill of materials *blob* lists; None where it is none."""
    if blob.descriptor.size > _LARGEST:
        return None
    try:
        with blob.open() as file:
            document = json.loads(file.read(_LARGEST))
    except (BoxwrightError, OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    # In an envelope of in-toto the document is the predicate.
    inner = document.get("predicate")
    document = inner if isinstance(inner, dict) else document
    components = document.get("components")
    if isinstance(components, list):
        kinds = [each.get("type") for each in components if isinstance(each, dict)]
        return sum(kind in ("library", "application", "framework") for kind in kinds)
    packages = document.get("packages")
    return len(packages) if isinstance(packages, list) else None
