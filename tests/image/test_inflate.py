"""Inflating with bounds."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.image.inflate import inflate


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@given(st.binary(max_size=3000), st.integers(1, 500), st.integers(1, 2000))
def test_any_cutting_of_the_stream_gives_the_content(
    content: bytes, times: int, length: int
) -> None:
    content *= times
    packed = deflate(content)
    pieces = [packed[at : at + length] for at in range(0, len(packed), length)]

    assert b"".join(inflate(pieces, len(content), zlib.crc32(content))) == content


def test_a_piece_is_bounded_however_much_a_byte_becomes() -> None:
    content = bytes(50_000_000)
    sizes = [len(piece) for piece in inflate([deflate(content)], len(content), zlib.crc32(content))]

    assert max(sizes) <= 1 << 20
    assert sum(sizes) == len(content)


@pytest.mark.parametrize("lie", [-1, 1, 10**9])
def test_another_size_is_refused_before_more_is_given(lie: int) -> None:
    content = bytes(3_000_000)
    pieces = inflate([deflate(content)], len(content) + lie, zlib.crc32(content))
    seen: list[int] = []

    with pytest.raises(ValueError, match="bytes that it promises"):
        seen.extend(map(len, pieces))
    assert sum(seen) <= len(content)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param([], id="nothing"),
        pytest.param([b""], id="no bytes"),
        pytest.param([deflate(b"abc")[:-1]], id="cut short"),
        pytest.param([deflate(b"abc") + b"\0"], id="goes on"),
        pytest.param([deflate(b"abc"), b"\0"], id="goes on in another piece"),
        pytest.param([b"\xff\xff\xff"], id="no stream"),
        pytest.param([deflate(b"abd")], id="other content"),
    ],
)
def test_what_is_not_the_promised_stream_is_refused(packed: list[bytes]) -> None:
    with pytest.raises(ValueError, match="it is not the 3 bytes that it promises"):
        list(inflate(packed, 3, zlib.crc32(b"abc")))
