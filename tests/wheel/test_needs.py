"""What the libraries in a wheel need, read from made-up libraries and from real ones."""

from __future__ import annotations

import struct
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.image.elf import read_elf
from boxwright.wheel.needs import Needs, read_needs

if TYPE_CHECKING:
    from tests.conftest import MakeWheel


def library(*needed: str, soname: str = "", machine: int = 62, padding: int = 0) -> bytes:
    """Return a shared library whose dynamic section stands *padding* bytes after its start."""
    strings = b"\0" + b"".join(f"{name}\0".encode() for name in (*needed, soname))
    entries = []
    at = 1
    for name in needed:
        entries.append((1, at))
        at += len(name) + 1
    if soname:
        entries.append((14, at))
    strings_at = 64 + 2 * 56 + padding
    entries += [(5, strings_at), (10, len(strings)), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    size = strings_at + len(strings) + len(dynamic)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    place = strings_at + len(strings)
    section = struct.pack("<IIQQQQQQ", 2, 6, place, place, place, len(dynamic), len(dynamic), 8)
    return header + load + section + bytes(padding) + strings + dynamic


def test_what_all_libraries_need_is_put_together(make_wheel: MakeWheel) -> None:
    wheel = make_wheel(
        {
            "demo/a.so": library("libc.so.6", "libz.so.1"),
            "demo.libs/libz-1234.so.1": library("libc.so.6", soname="libz-1234.so.1.2"),
            "demo-1.0.data/scripts/tool": library("libssl.so.3"),
            "demo/text.so": b"GROUP ( libc.so.6 )" * 9,
            "demo/module.py": b"\x7fELF" * 99,
        },
        tag="cp313-cp313-manylinux_2_28_x86_64",
    )

    assert read_needs(wheel) == Needs(
        needed=("libc.so.6", "libssl.so.3", "libz.so.1"),
        provided=("a.so", "libz-1234.so.1", "libz-1234.so.1.2", "tool"),
        machines=(62,),
    )


def test_a_large_library_is_read_wherever_its_parts_are(make_wheel: MakeWheel) -> None:
    wheel = make_wheel(
        {"a.so": library("libx.so.1", padding=9_000_000), "b.so": library("liby.so.2")}
    )

    assert read_needs(wheel).needed == ("libx.so.1", "liby.so.2")


def test_libraries_for_another_machine_show(make_wheel: MakeWheel) -> None:
    wheel = make_wheel({"a.so": library(), "b.so": library(machine=183)})

    assert read_needs(wheel).machines == (62, 183)


def test_what_cannot_be_read_is_told_with_the_reason(make_wheel: MakeWheel) -> None:
    wheel = make_wheel({"cut.so": library("libc.so.6")[:150], "good.so": library("liby.so.2")})

    found = read_needs(wheel)

    assert found.needed == ("liby.so.2",)
    assert found.skipped == (("cut.so", "the ELF file is cut short"),)


def test_a_wheel_without_libraries_needs_nothing(make_wheel: MakeWheel) -> None:
    assert read_needs(make_wheel({"demo.py": b"x" * 99})) == Needs(needed=(), provided=())


def test_versions_of_symbols_are_the_highest_of_each_family(make_wheel: MakeWheel) -> None:
    # Those of the Python itself: in an environment there may be two of one name.
    real = sorted(Path(sysconfig.get_config_var("DESTSHARED")).glob("*.so"))
    elves = [elf for path in real if (elf := read_elf(path.read_bytes()))]
    if not elves:
        pytest.skip("this Python has no extension modules of its own")
    wanted = {version for elf in elves for _, version in elf.versions_needed}
    newest = max(
        tuple(map(int, version.removeprefix("GLIBC_").split(".")))
        for version in wanted
        if version.startswith("GLIBC_2")
    )

    found = read_needs(make_wheel({path.name: path.read_bytes() for path in real}))

    assert found.versions["GLIBC"] == newest
    assert set(found.needed) == {name for elf in elves for name in elf.needed}
