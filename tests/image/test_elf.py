"""Reading ELF files: what they say, and that nothing in them can do harm."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.image.elf import MAGIC, Elf, read_elf

INTERPRETER = Path(sys.executable).resolve()
IS_ELF = INTERPRETER.read_bytes()[:4] == MAGIC


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", MAGIC, MAGIC + b"\x01\x01" + bytes(60)])
def test_what_is_no_64_bit_elf_is_none(content: bytes) -> None:
    assert read_elf(content) is None


def test_static_file_needs_nothing() -> None:
    assert read_elf(MAGIC + b"\x02\x01" + bytes(12) + b"\x3e\x00" + bytes(44)) == Elf(machine=62)


def test_file_that_is_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="the ELF file is cut short"):
        read_elf(MAGIC + b"\x02\x01" + bytes(20))


@pytest.mark.oracle
@pytest.mark.skipif(not IS_ELF or shutil.which("readelf") is None, reason="no readelf")
def test_readelf_agrees() -> None:
    listed = subprocess.run(
        ["readelf", "-dW", INTERPRETER], capture_output=True, text=True, check=True
    ).stdout

    elf = read_elf(INTERPRETER.read_bytes())

    assert elf is not None
    assert list(elf.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", listed)


@pytest.mark.skipif(not IS_ELF, reason="no ELF file to damage")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_gives_a_value_error_or_an_answer(data: st.DataObject) -> None:
    # The headers and the dynamic section of a program: all that offsets are read from.
    content = bytearray(_small())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(16, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    end = data.draw(st.integers(0, len(content)))

    with contextlib.suppress(ValueError):
        read_elf(bytes(content[:end] if end % 3 == 0 else content))


def _small() -> bytes:
    """Return a library whose every part counts."""
    import struct

    strings = b"\0libc.so.6\0GLIBC_2.2.5\0libdemo.so.1\0$ORIGIN\0"
    start = 64 + 2 * 56
    size = 16 * 10
    text = start + size
    need = text + len(strings)
    needs = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 11, 0)
    define = need + len(needs)
    defines = struct.pack("<HHHHIII", 1, 0, 2, 1, 0, 20, 0) + struct.pack("<II", 23, 0)
    entries = [(1, 1), (14, 23), (29, 36), (5, text), (10, len(strings))]
    entries += [(0x6FFFFFFE, need), (0x6FFFFFFF, 1), (0x6FFFFFFC, define), (0x6FFFFFFD, 1), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    body = dynamic + strings + needs + defines
    end = start + len(body)
    header = MAGIC.ljust(4) + b"\x02\x01\x01".ljust(12, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    loads = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, end, end, 4096)
    loads += struct.pack("<IIQQQQQQ", 2, 4, start, start, start, size, size, 8)
    return header + loads + body


def test_every_part_is_read() -> None:
    assert read_elf(_small()) == Elf(
        machine=62,
        needed=("libc.so.6",),
        soname="libdemo.so.1",
        runpath=("$ORIGIN",),
        versions_needed=(("libc.so.6", "GLIBC_2.2.5"),),
        versions_defined=("libdemo.so.1",),
    )
