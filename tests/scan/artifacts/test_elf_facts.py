"""Programs and libraries tell their name, what GPU libraries they need, and their GPU code."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterable

import pytest

from boxwright.scan.artifacts.artifact_looker import ArtifactLooker
from boxwright.scan.layer_index import Binary
from boxwright.scan.looker import START, Begun


def elf(
    content: bytes = b"",
    *,
    soname: str = "",
    needed: Iterable[str] = (),
    machine: int = 62,
    kind: int = 3,
    far: int = 0,
) -> bytes:
    """Return a library whose dynamic section comes after *content*, *far* bytes from its names."""
    strings = b"\0"
    entries = []
    for tag, name in [*((1, name) for name in needed), *([(14, soname)] if soname else [])]:
        entries.append((tag, len(strings)))
        strings += name.encode() + b"\0"
    base = 64 + 2 * 56
    dynamic_at = base + len(strings) + len(content) + far
    entries += [(5, 0x10000 + base), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI", kind, machine, 1)
    header += struct.pack("<QQQIHHHHHH", 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    size = dynamic_at + len(dynamic)
    header += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x10000, 0, size, size, 4096)
    header += struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, 0, len(dynamic), 0, 8)
    return header + strings + content + bytes(far) + dynamic


def entry(kind: int, number: int, code: bytes, *, flags: int = 0x11, header: int = 64) -> bytes:
    fields = struct.pack(
        "<HHIQIIHHIIIQ", kind, 0x101, header, len(code), len(code), 0, 7, 1, number, 0, 0, flags
    )
    return fields + bytes(header - len(fields)) + code


def fat(*entries: bytes) -> bytes:
    content = b"".join(entries)
    return struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(content)) + content


def bundle(*targets: str) -> bytes:
    table = b"".join(
        struct.pack("<QQQ", 4096, 100, len(target)) + target.encode() for target in targets
    )
    return b"__CLANG_OFFLOAD_BUNDLE__" + struct.pack("<Q", len(targets)) + table


def packed_bundle(content: bytes, version: int) -> bytes:
    packed = zlib.compress(content + bytes(5000))
    sizes = "<QQ" if version == 3 else "<II"
    total = len(packed) + (32 if version == 3 else 24)
    head = b"CCOB" + struct.pack("<HH", version, 0)
    head += struct.pack("<I", 0) if version == 1 else struct.pack(sizes, total, 0)
    return head + bytes(8) + packed


def found(path: str, content: bytes, step: int = 1 << 20) -> Binary | None:
    looker = ArtifactLooker()
    watch = looker.begin(Begun(path=path, size=len(content), mode=0o755, start=content[:START]))
    if watch is None:
        return None
    for at in range(0, len(content), step):
        watch.feed(content[at : at + step])
    watch.close()
    return looker.binaries[0]


_CODE = random.Random(4).randbytes(3000)  # noqa: S311
_FAT = fat(
    entry(2, 75, _CODE),
    entry(2, 90, _CODE, flags=0x100011),
    entry(2, 100, _CODE, header=112),
    entry(1, 80, _CODE, header=120, flags=0x2011),
)


@pytest.mark.parametrize("step", [1, 61, 1 << 16, 1 << 20])
def test_a_library_with_code_for_nvidia(step: int) -> None:
    content = elf(
        bytes(5000) + _FAT + bytes(70_000) + fat(entry(2, 86, b"")),
        soname="libshop.so.1",
        needed=["libc.so.6", "libcudart.so.12", "libcublas.so.12"],
    )

    assert found("opt/libshop.so.1.2", content, step) == Binary(
        path="opt/libshop.so.1.2",
        size=len(content),
        machine="x86_64",
        soname="libshop.so.1",
        needed=("libcudart.so.12", "libcublas.so.12"),
        gpu_architectures=("ptx_80", "sm_75", "sm_86", "sm_90a", "sm_100"),
    )


@pytest.mark.parametrize("step", [7, 1 << 20])
def test_code_for_amd(step: int) -> None:
    plain = bundle("host-x86_64-unknown-linux-gnu--", "hipv4-amdgcn-amd-amdhsa--gfx90a")
    older = packed_bundle(bundle("hip-amdgcn-amd-amdhsa--gfx906"), 1)
    old = packed_bundle(bundle("hipv4-amdgcn-amd-amdhsa--gfx942:xnack+"), 2)
    new = packed_bundle(bundle("hipv4-amdgcn-amd-amdhsa--gfx1100"), 3)
    content = elf(
        bytes(99) + plain + bytes(70_000) + old + bytes(9) + new + bytes(9) + older + bytes(3000)
    )

    binary = found("libhip.so", content, step)

    assert binary is not None
    assert binary.gpu_architectures == ("gfx1100", "gfx906", "gfx90a", "gfx942")


def test_marks_without_code_behind_them_are_passed_over() -> None:
    noise = struct.pack("<I", 0xBA55ED50) + bytes(40) + b"CCOB" + bytes(40) + b"CCOB\3\0\1\0"
    content = elf(bytes(70_000) + noise * 50 + _FAT)

    binary = found("libx.so", content)

    assert binary is not None
    assert binary.gpu_architectures == ("ptx_80", "sm_75", "sm_90a", "sm_100")


def test_a_library_that_is_cut_in_its_code() -> None:
    content = elf(bytes(70_000) + _FAT)

    binary = found("libx.so.4.5", content[: content.index(_CODE) + 10])

    assert binary is not None
    assert (binary.gpu_architectures, binary.soname) == (("sm_75",), "libx.so.4")


def test_the_name_of_a_library_whose_names_are_out_of_reach_is_that_of_its_file() -> None:
    content = bytearray(elf(bytes(70_000), soname="libcublasLt.so.12"))
    content[20 + 44 : 20 + 52] = bytes(8)  # the first segment has no address now

    binary = found("usr/lib/libcublasLt.so.12.8.4.1", bytes(content))

    assert binary is not None
    assert binary.soname in ("libcublasLt.so.12", "")


def test_names_of_a_library_that_is_larger_than_what_is_kept() -> None:
    content = elf(bytes(70_000), soname="libbig.so.2", needed=["libcudnn.so.9"], far=5 << 20)

    binary = found("libbig.so", content, 1 << 18)

    assert binary is not None
    assert (binary.soname, binary.needed) == ("libbig.so.2", ("libcudnn.so.9",))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("libsmall.so", elf(bytes(1000))),
        ("a.o", elf(bytes(90_000), kind=1)),
        ("core", elf(bytes(90_000), kind=4)),
    ],
)
def test_what_does_not_matter_is_not_looked_at(path: str, content: bytes) -> None:
    assert found(path, content) is None


def test_small_libraries_of_cuda_matter() -> None:
    binary = found("libcudart.so.12", elf(soname="libcudart.so.12", machine=183))

    assert binary is not None
    assert (binary.machine, binary.soname) == ("aarch64", "libcudart.so.12")


def test_whatever_is_damaged_raises_nothing() -> None:
    chosen = random.Random(3)  # noqa: S311
    content = elf(
        _FAT + bundle("hip-amdgcn-amd-amdhsa--gfx906") + packed_bundle(bundle("x"), 3) + bytes(999),
        soname="libcuda_x.so",
        needed=["libcudart.so.12"],
    )
    for _ in range(1500):
        odd = bytearray(content)
        for _ in range(chosen.randint(1, 20)):
            odd[chosen.randrange(4, len(odd))] = chosen.choice((0, 1, 0x7F, 0x80, 0xFF))

        found("libcuda_x.so", bytes(odd[: chosen.randint(20, len(odd))]), chosen.choice((5, 9999)))
