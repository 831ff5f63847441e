"""Inflating what somebody else deflated (RFC 1951), believing no size that it comes with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isal import isal_zlib

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
    for pending in deflated:
        while pending:
            try:
                # One byte more than is left: a stream that is longer than it says shows.
                content = decompressor.decompress(pending, min(left + 1, _PIECE))
            except isal_zlib.error as error:
                raise ValueError(str(error)) from error
            left -= len(content)
            rest = decompressor.unconsumed_tail
            if left < 0 or decompressor.unused_data or (not content and rest == pending):
                raise _lying(size)
            if content:
                crc = isal_zlib.crc32(content, crc)
                yield content
            pending = rest
    if left or not decompressor.eof or crc != crc32:
        raise _lying(size)


def _lying(size: int) -> ValueError:
    return ValueError(f"it is not the {size} bytes that it promises")
