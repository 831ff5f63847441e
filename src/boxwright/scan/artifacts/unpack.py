"""What is packed inside of files, unpacked piece by piece and only so far."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from isal import isal_zlib

from boxwright.image.compression import DAMAGED
from boxwright.scan.incremental import Incremental, Steps

CUT = "the rest of what is packed far smaller than anything is"
"""What is said of a stream that was not unpacked to its end."""
PIECE = 1 << 20
"""The most that is unpacked at once."""

_QUICK, _SLOW = (64 << 20, 100), (16 << 20, 20)
_MOST: Final = {
    "deflate": _QUICK, "zlib": _QUICK, "gzip": _QUICK, "zstd": _QUICK,
    "bzip2": _SLOW, "xz": _SLOW, "lzma": _SLOW, "zip-lzma": _SLOW, "lz4": _SLOW,
}  # fmt: skip
"""How much is unpacked: so many bytes, and so many for each packed one, so that time is bounded."""

_GZIP = 0x1F
_MAGICS: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"x\x01", "zlib"),
    (b"x\x5e", "zlib"),
    (b"x\x9c", "zlib"),
    (b"x\xda", "zlib"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x5d\0\0", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def packing_of(start: bytes) -> str:
    """
    Return how what begins with *start* seems to be packed; nothing where it does not.

    >>> packing_of(b"BZh91AY"), packing_of(b"#!/bin/sh")
    ('bzip2', '')
    """
    for magic, packing in _MAGICS:
        if start.startswith(magic):
            return packing
    return ""


class Unpacker:
    """Unpacks one stream."""

    def __init__(self, packing: str, most: int | None = None) -> None:
        """*packing* is one of `_MOST`'s; with *most* it gives so many bytes and no more."""
        self._left, self._ratio = _MOST[packing] if most is None else (most, 0)
        self._packing = packing
        self._decoder = _decoder(packing)
        self._is_between = False
        self.is_over = False
        """Whether the stream ended, or as much of it was unpacked as may be."""
        self.is_cut = False
        """Whether there would have been more."""

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """Yield what *packed* holds; raises ValueError where it is damaged."""
        pending = packed
        self._left += self._ratio * len(packed)
        while not self.is_over:
            if self._is_between and pending:
                self._is_between = False
                self._decoder = _decoder(self._packing)
                if pending[0] != _GZIP:
                    self.is_over = True
                    return
            try:
                content, pending, is_end = self._decoder(pending, PIECE)
            except ValueError:
                self.is_over = True
                raise
            except _damage() as error:
                self.is_over = True
                msg = f"its {self._packing} stream is damaged"
                raise ValueError(msg) from error
            if len(content) > self._left:
                content = content[: self._left]
                self.is_cut = True
            self._left -= len(content)
            if content:
                yield content
            if is_end and self._packing == "gzip" and not self.is_cut:
                # Another member may follow, in this piece or in the next.
                self._is_between = True
                if not pending:
                    return
                continue
            if is_end or self.is_cut:
                self.is_over = True
            elif not content and not pending:
                return


def _damage() -> tuple[type[Exception], ...]:
    """Return what the decoders raise."""
    import lzma

    zstd_error: type[Exception] = _zstd().ZstdError
    return DAMAGED, zlib.error, lzma.LZMAError, zstd_error, OSError, EOFError, MemoryError


def _zstd() -> Any:  # noqa: ANN401
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


class _Decompressor(Protocol):
    """What `bz2`, `lzma` and `zstd` have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes: ...


_Decoder = Callable[[bytes, int], tuple[bytes, bytes, bool]]
"""Packed bytes and the most to give → content, what is still packed, whether it is the end."""


def _decoder(packing: str) -> _Decoder:
    if packing in ("deflate", "zlib", "gzip"):
        return _inflating({"deflate": -15, "zlib": 15, "gzip": 31}[packing])
    if packing == "lz4":
        return _Lz4()
    if packing == "zip-lzma":
        return _ZipLzma()
    return _decoding(_decompressor(packing))


def _decompressor(packing: str) -> _Decompressor:
    import bz2
    import lzma

    if packing == "bzip2":
        return bz2.BZ2Decompressor()
    if packing == "zstd":
        decompressor: _Decompressor = _zstd().ZstdDecompressor()
        return decompressor
    return lzma.LZMADecompressor(memlimit=64 << 20)


def _inflating(bits: int) -> _Decoder:
    inflater = isal_zlib.decompressobj(bits)

    def decode(packed: bytes, most: int) -> tuple[bytes, bytes, bool]:
        content = inflater.decompress(packed, most)
        if inflater.eof:
            return content, inflater.unused_data, True
        rest = inflater.unconsumed_tail
        if not content and rest and len(rest) == len(packed):
            msg = "its deflate stream is damaged"
            raise ValueError(msg)
        return content, rest, False

    return decode


def _decoding(decompressor: _Decompressor) -> _Decoder:
    def decode(packed: bytes, most: int) -> tuple[bytes, bytes, bool]:
        content = decompressor.decompress(packed, most)
        return content, decompressor.unused_data, decompressor.eof

    return decode


class _ZipLzma:
    """LZMA as a member of a zip archive has it (APPNOTE 5.8.8): its properties come first."""

    def __init__(self) -> None:
        self._kept = b""
        self._decode: _Decoder | None = None

    def __call__(self, packed: bytes, most: int) -> tuple[bytes, bytes, bool]:
        if self._decode is not None:
            return self._decode(packed, most)
        self._kept += packed
        if len(self._kept) < 9:
            return b"", b"", False
        if self._kept[2:4] != b"\5\0" or self._kept[4] >= 225:
            msg = "its LZMA properties are none"
            raise ValueError(msg)
        import lzma

        packed_properties, dictionary = self._kept[4], int.from_bytes(self._kept[5:9], "little")
        filters = {
            "id": lzma.FILTER_LZMA1,
            "lc": packed_properties % 9,
            "lp": packed_properties // 9 % 5,
            "pb": packed_properties // 45,
            "dict_size": min(max(dictionary, 4096), 64 << 20),
        }
        self._decode = _decoding(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters]))
        return self._decode(self._kept[9:], most)


class _Lz4:
    """LZ4's frame format (lz4_Frame_format.md, 1.6.4) and its blocks."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._is_end = False
        self._steps = Incremental(self._frame())

    def __call__(self, packed: bytes, most: int) -> tuple[bytes, bytes, bool]:
        if packed:
            self._steps.feed(packed)
        content = bytes(self._content[:most])
        del self._content[:most]
        return content, b"", self._is_end and not self._content

    def _frame(self) -> Steps:
        yield 4
        flags, _ = yield 2
        # Content size, dictionary id and the checksum of the header.
        yield (8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1
        history = b""
        while size := int.from_bytes((yield 4), "little"):
            length = size & 0x7FFFFFFF
            if length > 4 << 20:
                msg = "an LZ4 block is larger than one may be"
                raise ValueError(msg)
            block = yield length
            content = block if size >> 31 else _lz4_block(block, history)
            if flags & 0x10:
                yield 4
            self._content += content
            history = (history + content)[-65536:] if not flags & 0x20 else b""
        self._is_end = True


def _lz4_block(block: bytes, history: bytes) -> bytes:
    """Return what *block* holds, which may repeat *history* (lz4_Block_format.md)."""
    out = bytearray(history)
    at, size = 0, len(block)
    most = len(history) + (4 << 20)
    while at < size:
        token = block[at]
        at += 1
        length = token >> 4
        if length == 15:
            length, at = _lz4_length(block, at, length)
        out += block[at : at + length]
        at += length
        if at >= size:
            break
        if at + 2 > size:
            raise ValueError(_BAD_LZ4)
        offset = block[at] | block[at + 1] << 8
        at += 2
        length = token & 15
        if length == 15:
            length, at = _lz4_length(block, at, length)
        length += 4
        start = len(out) - offset
        if not offset or start < 0 or len(out) + length > most:
            raise ValueError(_BAD_LZ4)
        if offset >= length:
            out += out[start : start + length]
        else:
            repeated = bytes(out[start:])
            out += (repeated * (length // offset + 1))[:length]
    return bytes(out[len(history) :])


_BAD_LZ4 = "an LZ4 block is damaged"


def _lz4_length(block: bytes, at: int, length: int) -> tuple[int, int]:
    while True:
        if at >= len(block):
            raise ValueError(_BAD_LZ4)
        byte = block[at]
        at += 1
        length += byte
        if byte != 255:
            return length, at
