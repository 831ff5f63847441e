"""Gzip members: read by everybody, and the same bytes everywhere."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.image import compression


def test_the_encoder_gives_the_bytes_of_this_transform_version() -> None:
    assert compression.encoder_is_pinned()


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=5))
def test_members_one_after_another_are_one_stream(contents: list[bytes]) -> None:
    packed = b"".join(compression.member(content) for content in contents)

    assert gzip.decompress(packed) == b"".join(contents)


@given(st.binary(max_size=5000))
def test_a_member_around_any_deflate_stream_is_gzip(content: bytes) -> None:
    packer = zlib.compressobj(1, wbits=-15)
    deflated = packer.compress(content) + packer.flush()

    packed = b"".join(
        (
            compression.HEADER,
            deflated,
            compression.trailer(zlib.crc32(content), len(content)),
        )
    )

    assert gzip.decompress(packed) == content


def test_the_size_of_more_than_four_gib_is_kept_modulo_that() -> None:
    assert compression.trailer(1, (5 << 32) + 7) == b"\x01\0\0\0\x07\0\0\0"


@pytest.mark.oracle
@pytest.mark.parametrize("program", ["gzip", "pigz", "igzip"])
def test_other_programs_unpack_many_members(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no program `{program}`")
    contents = [b"", b"a" * 100_000, bytes(3), b"end"]

    unpacked = subprocess.run(
        [program, "-d", "-c"],
        input=b"".join(compression.member(content) for content in contents),
        capture_output=True,
        check=True,
    ).stdout

    assert unpacked == b"".join(contents)
