"""Inflating what somebody else deflated (RFC 1951), believing no size that it comes with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isal import isal_zlib

from boxwright.image.compression import DAMAGED

_PIECE = 1 << 20
"""The most bytes that are inflated at once: a few compressed ones can become many."""


def inflate(deflated: Iterable[bytes], size: int, crc32: int) -> Iterator[bytes]:
    """
    Yield the content of the raw stream *deflated* piece by piece.

    Raises ValueError, at the end at the latest, where it is damaged, goes on after its
    end, or is anything but *size* bytes with that CRC-32. It never yields more than
    *size* bytes.
    """
    decompressor = isal_zlib.decompressobj(-15)
    left, crc = size, 0
    for piece in deflated:
        if decompressor.eof and piece:
            raise _lying(size)
        pending = piece
        while not decompressor.eof:
            # One byte more than is left: a stream that is longer than it says shows.
            room = min(left + 1, _PIECE)
            try:
                content = decompressor.decompress(pending, room)
            except DAMAGED:
                raise _lying(size) from None
            left -= len(content)
            if left < 0 or decompressor.unused_data:
                raise _lying(size)
            if content:
                crc = isal_zlib.crc32(content, crc)
                yield content
            rest = decompressor.unconsumed_tail
            if not content and len(rest) == len(pending) > 0:
                raise _lying(size)
            pending = rest
            # All input may be consumed and output wait inside, for want of room.
            if len(content) < room and not pending:
                break
    if left or not decompressor.eof or crc != crc32:
        raise _lying(size)


def _lying(size: int) -> ValueError:
    return ValueError(f"it is not the {size} bytes that it promises")
