"""
Gzip members, the same bytes every time (RFC 1952).

A layer of ours is several members one after another, which every consumer reads as one
stream. The bytes of a packed member depend on the encoder, so the encoder is pinned:
libdeflate, whose output is the same on every processor, through the package `deflate`.
`encoder_is_pinned` tells whether this machine's copy gives the bytes that it must.
"""

from __future__ import annotations

import functools
import hashlib

import deflate
from isal import isal_zlib

TRANSFORM = "1"
"""
The version of everything that decides a layer's bytes.

It is part of every cache key and of the provenance; whoever changes the bytes of a
layer raises it.
"""

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time, no extra flags, operating system unknown."""

DAMAGED: type[Exception] = isal_zlib.error  # type: ignore[assignment]
"""What inflating a stream raises that is none; isal's type hints call it a value."""

_LEVEL = 6
_KNOWN_ANSWER = "0577b6a080bcff4ee02e805ad7e5232bd57b38143d48a40c727a623fb9ea22a9"


def member(content: bytes) -> bytes:
    """Return *content* packed as one gzip member."""
    packed = deflate.deflate_compress(content, _LEVEL)
    return b"".join((HEADER, packed, trailer(isal_zlib.crc32(content), len(content))))


def trailer(crc32: int, size: int) -> bytes:
    """Return what follows a member's deflate stream: CRC-32 and size modulo 2^32."""
    return crc32.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


@functools.cache
def encoder_is_pinned() -> bool:
    """Return whether the installed encoder makes the bytes of this transform version."""
    sample = b"".join(hashlib.sha256(bytes([n % 61])).hexdigest().encode() for n in range(1000))
    return hashlib.sha256(member(sample)).hexdigest() == _KNOWN_ANSWER
