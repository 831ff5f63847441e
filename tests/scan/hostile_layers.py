"""
Tars as nobody with good intentions would write them, header by header.

`member` writes any header that can be written, right or wrong; the rest are whole layers, as
bytes or, where they are large, as streams that make themselves while they are read.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 512
END = bytes(2 * BLOCK)


def member(
    name: bytes | str,
    content: bytes = b"",
    *,
    kind: bytes = b"0",
    mode: bytes = b"0000644\0",
    uid: bytes = b"0000000\0",
    gid: bytes = b"0000000\0",
    size: bytes | int | None = None,
    mtime: bytes = b"00000000000\0",
    link: bytes | str = b"",
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    rest: bytes = b"",
    checksum: bytes | None = None,
) -> bytes:
    """Return a header and its *content*, padded; *size* is what the header says of it."""
    raw_name = name.encode() if isinstance(name, str) else name
    raw_link = link.encode() if isinstance(link, str) else link
    if size is None:
        size = len(content)
    if isinstance(size, int):
        size = b"%011o\0" % size if size < 8**11 else base_256(size, 12)
    block = b"".join(
        (
            raw_name.ljust(100, b"\0")[:100], mode, uid, gid, size, mtime, b" " * 8, kind,
            raw_link.ljust(100, b"\0")[:100], magic.ljust(8, b"\0"), bytes(80),
            (rest or prefix).ljust(167, b"\0"),
        )
    )  # fmt: skip
    assert len(block) == BLOCK
    checksum = b"%06o\0 " % sum(block) if checksum is None else checksum
    return block[:148] + checksum + block[156:] + content + bytes(-len(content) % BLOCK)


def base_256(number: int, width: int) -> bytes:
    """Return *number* as GNU writes what has too many octal digits."""
    if number < 0:
        return (number + (1 << 8 * width)).to_bytes(width, "big")
    return b"\x80" + number.to_bytes(width - 1, "big")


def pax(*records: tuple[str, bytes | str], kind: bytes = b"x") -> bytes:
    """Return an extended header of *records*."""
    return member("PaxHeader", pax_records(*records), kind=kind)


def pax_records(*records: tuple[str, bytes | str]) -> bytes:
    """Return *records* as they stand in an extended header."""
    written = []
    for key, value in records:
        rest = b" " + key.encode() + b"=" + (value.encode() if isinstance(value, str) else value)
        rest += b"\n"
        length = len(rest)
        while length != len(rest) + len(b"%d" % length):
            length = len(rest) + len(b"%d" % length)
        written.append(b"%d" % length + rest)
    return b"".join(written)


def gnu_long(name: bytes, kind: bytes = b"L") -> bytes:
    """Return GNU's header of a long name, or with *kind* `K` of a long link."""
    return member("././@LongLink", name + b"\0", kind=kind, magic=b"ustar  \0")


def tar(*members: bytes) -> bytes:
    """Return a tar of *members*, closed as it should be."""
    return b"".join(members) + END


class Stream(io.RawIOBase):
    """What *pieces* are together, made while it is read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to *size* bytes; nothing at the end only."""
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = piece
        wanted = len(self._held) if size is None or size < 0 else size
        given, self._held = self._held[:wanted], self._held[wanted:]
        return given


def zeros(size: int) -> Iterator[bytes]:
    """Yield a tar with one file of *size* zero bytes."""
    piece = bytes(1 << 20)
    yield member("zeros", size=size)
    for _ in range(size >> 20):
        yield piece
    yield bytes(size % (1 << 20) + -size % BLOCK) + END


def crowd(count: int) -> Iterator[bytes]:
    """Yield a tar with *count* files of a few bytes in many folders."""
    content = b"x" * 10
    for start in range(0, count, 1000):
        yield b"".join(
            member(f"srv/{at % 97}/{at}", content) for at in range(start, min(start + 1000, count))
        )
    yield END


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield *pieces* as one gzip stream."""
    packer = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def zstandard(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield *pieces* as one zstd frame."""
    packer = zstd.ZstdCompressor(level=1)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def cut(tar: bytes, keep: float = 0.5) -> bytes:
    """Return the gzip of *tar*, of which only the part *keep* is there."""
    packed = gzip.compress(tar, mtime=0)
    return packed[: int(len(packed) * keep)]
