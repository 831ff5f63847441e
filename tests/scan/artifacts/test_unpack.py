"""What is packed inside of files is unpacked piece by piece, and no further than it may be."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib

import pytest
from backports import zstd

from boxwright.scan.artifacts.unpack import Unpacker, packing_of

_TEXT = b"".join(b"line %d\n" % n for n in range(9000))

# 'abcdefgh' * 8 + 'the end!!', as the reference encoder packs it: one match that repeats
# eight bytes, and literals.
_LZ4_BLOCK = b"\x8f" + b"abcdefgh" + b"\x08\x00" + bytes([64 - 8 - 4 - 15]) + b"\x90the end!!"


def lz4(*blocks: tuple[bytes, bool], flags: int = 0x60) -> bytes:
    """Return a frame of *blocks*, each with whether it is packed."""
    body = b"".join(
        (len(block) | (0 if is_packed else 1 << 31)).to_bytes(4, "little") + block
        for block, is_packed in blocks
    )
    return b"\x04\x22\x4d\x18" + bytes([flags, 0x40, 0]) + body + bytes(4)


def unpacked(packing: str, content: bytes, step: int = 1 << 20, most: int | None = None) -> bytes:
    unpacker = Unpacker(packing, most)
    pieces: list[bytes] = []
    for at in range(0, len(content), step):
        pieces += unpacker.unpack(content[at : at + step])
    return b"".join(pieces)


_PACKED = {
    "gzip": gzip.compress(_TEXT),
    "zlib": zlib.compress(_TEXT),
    "bzip2": bz2.compress(_TEXT),
    "xz": lzma.compress(_TEXT),
    "lzma": lzma.compress(_TEXT, lzma.FORMAT_ALONE),
    "zstd": zstd.compress(_TEXT),
    "lz4": lz4((_TEXT[:30_000], False), (_TEXT[30_000:], False)),
}


@pytest.mark.parametrize("packing", _PACKED)
@pytest.mark.parametrize("step", [3, 1000, 1 << 20])
def test_round_trip(packing: str, step: int) -> None:
    packed = _PACKED[packing]

    assert packing_of(packed) == packing
    assert unpacked(packing, packed, step) == _TEXT


@pytest.mark.parametrize("packing", _PACKED)
def test_no_more_than_may_be(packing: str) -> None:
    assert unpacked(packing, _PACKED[packing], most=1000) == _TEXT[:1000]


@pytest.mark.parametrize("packing", ["deflate", "zip-lzma", "gzip", "zlib", "bzip2", "xz", "lzma"])
def test_damage_is_a_value_error(packing: str) -> None:
    packed = _PACKED.get(packing, b"")

    with pytest.raises(ValueError, match=r"damaged|none"):
        unpacked(packing, packed[:20] + b"\xff" * 5000)


def test_members_of_gzip_one_after_another() -> None:
    assert unpacked("gzip", gzip.compress(b"one ") + gzip.compress(b"two"), 5) == b"one two"


def test_a_block_of_lz4_that_repeats_itself() -> None:
    assert unpacked("lz4", lz4((_LZ4_BLOCK, True))) == b"abcdefgh" * 8 + b"the end!!"


def test_a_block_of_lz4_that_repeats_the_one_before() -> None:
    again = b"\x04\x20\x00" + b"\x10!"

    assert unpacked("lz4", lz4((b"x" * 32, False), (again, True), flags=0x40)) == b"x" * 40 + b"!"


@pytest.mark.parametrize("block", [b"\xff" * 50, b"\x10a\x09\x00", b"\x10a\x00\x00", b"\x10a\x01"])
def test_blocks_of_lz4_that_are_damaged(block: bytes) -> None:
    with pytest.raises(ValueError, match="an LZ4 block is damaged"):
        unpacked("lz4", lz4((block, True)))
