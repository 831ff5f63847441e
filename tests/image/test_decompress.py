"""Unpacking layers: every way of packing, in bounded pieces, and damage told as such."""

from __future__ import annotations

import gzip
import io
import os
import random
import sys
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import StoreError
from boxwright.image.decompress import PIECE, DamagedStreamError, decompressed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def tar_of(*contents: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for at, content in enumerate(contents):
            member = tarfile.TarInfo(f"file{at}")
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return stream.getvalue()


TAR = tar_of(b"abc", bytes(range(256)) * 50)
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"skip!"

LARGE = tar_of(random.Random(1).randbytes(3000))  # noqa: S311 (no secret)


def halves(pack: Callable[[bytes], bytes]) -> bytes:
    return pack(TAR[:3000]) + pack(TAR[3000:])


def unpacked(packed: bytes) -> tuple[bytes, str, tuple[str, ...]]:
    reader = decompressed(io.BytesIO(packed))
    content = b"".join(iter(lambda: reader.read(PIECE), b""))
    return content, reader.packing, reader.problems


def failure(packed: bytes) -> str:
    with pytest.raises(DamagedStreamError) as caught:
        unpacked(packed)
    return caught.value.message


class Dripping(io.BytesIO):
    """Gives what it holds in pieces as small as a pipe may."""

    def __init__(self, content: bytes, length: int) -> None:
        super().__init__(content)
        self._length = length

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        return super().read(min(size, self._length))


@pytest.mark.parametrize(
    ("packed", "packing"),
    [
        pytest.param(TAR, "", id="plain"),
        pytest.param(gzip.compress(TAR), "gzip", id="gzip"),
        pytest.param(halves(gzip.compress), "gzip", id="gzip members"),
        pytest.param(
            gzip.compress(b"", mtime=0) * 3 + gzip.compress(TAR), "gzip", id="empty gzip members"
        ),
        pytest.param(zstd.compress(TAR), "zstd", id="zstd"),
        pytest.param(halves(zstd.compress), "zstd", id="zstd frames"),
        pytest.param(SKIPPABLE + halves(zstd.compress) + SKIPPABLE, "zstd", id="skippable frames"),
        pytest.param(zstd.compress(b"") * 3 + zstd.compress(TAR), "zstd", id="empty zstd frames"),
    ],
)
@pytest.mark.parametrize("length", [1, 7, 1 << 20])
def test_however_it_is_packed_it_is_the_same_tar(packed: bytes, packing: str, length: int) -> None:
    reader = decompressed(Dripping(packed, length))

    content = b"".join(iter(lambda: reader.read(1000), b""))

    assert (content, reader.packing, reader.problems) == (TAR, packing, ())
    assert reader.read(1) == b""


@given(st.binary(max_size=3000), st.integers(1, 3000), st.integers(1, 50), st.booleans())
def test_any_cutting_into_members_and_pieces_gives_the_content(
    content: bytes, cut: int, length: int, squeeze: bool
) -> None:
    content = TAR + content
    pack = zstd.compress if squeeze else gzip.compress
    packed = pack(content[:cut]) + pack(content[cut:])
    reader = decompressed(Dripping(packed, length))

    assert b"".join(iter(lambda: reader.read(777), b"")) == content


@pytest.mark.parametrize("packed", [b"", bytes(5), bytes(1024), gzip.compress(b"", mtime=0)])
def test_nothing_is_a_tar_of_nothing(packed: bytes) -> None:
    assert unpacked(packed)[0].strip(b"\0") == b""


@pytest.mark.parametrize(
    ("packed", "problem"),
    [
        (gzip.compress(TAR) + bytes(512), "zero bytes follow its gzip stream"),
        (gzip.compress(TAR) + b"much garbage", "bytes that are no gzip follow its gzip stream"),
        (zstd.compress(TAR) + bytes(512), "zero bytes follow its zstd stream"),
        (zstd.compress(TAR) + b"garbage", "bytes that are no zstd follow its zstd stream"),
        (zstd.compress(TAR) + b"x", "bytes that are no zstd follow its zstd stream"),
    ],
)
def test_what_follows_is_told_and_the_tar_is_whole(packed: bytes, problem: str) -> None:
    content, _, problems = unpacked(packed)

    assert (content, problems) == (TAR, (problem,))


def changed(packed: bytes, at: int) -> bytes:
    return packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at:][1:]


CHECKED: Mapping[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
FAR: Mapping[int, int] = {zstd.CompressionParameter.window_log: 27}


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(TAR)[:-9], "its gzip stream is cut short"),
        (gzip.compress(TAR)[:-1], "its gzip stream is cut short"),
        (gzip.compress(TAR)[:2], "its gzip stream is cut short"),
        (gzip.compress(TAR) + gzip.compress(TAR)[:20], "its gzip stream is cut short"),
        (changed(gzip.compress(TAR), -1), "its gzip stream has another size than it says"),
        (changed(gzip.compress(TAR), -6), "its gzip stream has another checksum than it says"),
        (changed(gzip.compress(TAR), 10), "its gzip stream is damaged"),
        (b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 300_000, "its gzip stream has a header of more"),
        (zstd.compress(TAR)[:-1], "its zstd stream is cut short"),
        (zstd.compress(TAR)[:4], "its zstd stream is cut short"),
        (SKIPPABLE[:6], "its zstd stream is cut short"),
        (SKIPPABLE[:-1], "its zstd stream is cut short"),
        (zstd.compress(b"")[:6] + b"\x07\0\0", "its zstd stream is damaged"),
        (
            changed(zstd.compress(TAR, options=CHECKED), -1),
            "its zstd stream has another checksum than it says",
        ),
        (b"BZh91AY", "it is packed by bzip2"),
        (b"PK\x03\x04", "it is a zip"),
        (b"\x7fELF" + bytes(600), "it is no tar, and neither gzip nor zstd"),
        (b"{}", "it is no tar, and neither gzip nor zstd"),
    ],
    ids=range(18),
)
def test_damage_is_told(packed: bytes, message: str) -> None:
    assert failure(packed).startswith(message)


def test_what_looks_back_too_far_is_refused() -> None:
    packer = zstd.ZstdCompressor(options=FAR)
    packed = packer.compress(TAR) + packer.flush()

    assert failure(packed) == "its zstd stream looks back further than 32 MiB"


def test_what_comes_before_the_damage_is_given_and_the_error_stays() -> None:
    noise = os.urandom(5000)
    packed = gzip.compress(TAR + noise)
    reader = decompressed(io.BytesIO(packed[:-100]))
    content = bytearray()

    with pytest.raises(DamagedStreamError):
        content += b"".join(iter(lambda: reader.read(PIECE), b""))
    with pytest.raises(DamagedStreamError):
        reader.read(1)

    content.clear()
    again = decompressed(io.BytesIO(packed[:-100]))
    first = again.read(PIECE)
    assert TAR in first
    assert len(first) > len(TAR) + 4000


def test_an_error_of_the_stream_comes_as_it_is() -> None:
    class Cut(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if not (piece := super().read(size)):
                raise StoreError("the line is dead")
            return piece

    for packed in (TAR, gzip.compress(LARGE)[:-3], zstd.compress(LARGE)[:-3]):
        with pytest.raises(StoreError, match="the line is dead"):
            io.BufferedReader(decompressed(Cut(packed))).read()


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_bomb_is_unpacked_in_small_pieces(packing: str) -> None:
    zeros = TAR[:512] + bytes(200 << 20)
    if packing == "gzip":
        packer = zlib.compressobj(9, wbits=31)
        packed = packer.compress(zeros) + packer.flush()
    else:
        packed = zstd.compress(zeros, 19)
    size = len(zeros)
    del zeros
    reader = decompressed(io.BytesIO(packed))
    tracemalloc.start()
    read = 0
    while piece := reader.read(1 << 30):
        assert len(piece) <= PIECE
        read += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == size
    assert peak < 20 << 20


class Nothing(io.BytesIO):
    """Packed bytes without end that hold nothing."""

    def __init__(self, packed: bytes) -> None:
        super().__init__()
        self._packed = packed
        self.given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        at = self.given % len(self._packed)
        piece = self._packed[at : at + size]
        self.given += len(piece)
        return piece


@pytest.mark.parametrize("empty", [gzip.compress(b"", mtime=0), zstd.compress(b"")])
def test_packed_bytes_that_hold_nothing_come_to_an_end(empty: bytes) -> None:
    source = Nothing(empty * 20_000)
    reader = decompressed(source)

    with pytest.raises(DamagedStreamError):
        reader.read(PIECE)

    assert source.given < 80 << 20


def test_reading_into_a_buffer_gives_the_same() -> None:
    reader = io.BufferedReader(decompressed(io.BytesIO(gzip.compress(TAR))), 100)

    assert reader.read() == TAR
