"""Digests: `sha256:` and 64 hexadecimal digits (image-spec, descriptor.md, "Digests")."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

Digest = NewType("Digest", str)
"""`sha256:…` of stored bytes, known to be well formed."""

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def parse_digest(text: str) -> Digest:
    """
    Return *text* as a digest.

    Raises ValueError where it is anything but a lower-case sha256.

    >>> parse_digest("sha256:" + 64 * "0")[:10]
    'sha256:000'
    """
    if not _SHA256.fullmatch(text):
        msg = f"`{text}` is no sha256 digest"
        raise ValueError(msg)
    return Digest(text)


def digest_of(content: bytes) -> Digest:
    """
    Return the digest of *content*.

    >>> digest_of(b"")[:15]
    'sha256:e3b0c442'
    """
    return Digest(f"sha256:{hashlib.sha256(content).hexdigest()}")


def hex_of(digest: Digest) -> str:
    """Return the hexadecimal part of *digest*."""
    return digest.partition(":")[2]
