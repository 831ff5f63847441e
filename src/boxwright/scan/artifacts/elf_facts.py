"""
What matters of a program or a library, found while it streams by: its name and its GPU code.

NVIDIA's compiler puts fat binaries into libraries (`.nv_fatbin`): a header, then an entry for
each architecture, either machine code (a cubin) or PTX, which the driver compiles. AMD's puts
bundles (`__CLANG_OFFLOAD_BUNDLE__`), packed as a whole (`CCOB`) since ROCm 6.2. Both are known by
their first bytes, so that no section header, which comes last, is needed.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable

from boxwright.scan.artifacts.needles import needle
from boxwright.scan.artifacts.unpack import Unpacker
from boxwright.scan.incremental import Incremental, Steps
from boxwright.scan.layer_index import Binary

MAGIC = b"\x7fELF"

_MACHINES = {
    3: "i386", 8: "mips", 20: "powerpc", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "x86_64",
    183: "aarch64", 190: "cuda", 224: "amdgpu", 243: "riscv64", 258: "loongarch64",
}  # fmt: skip
_EXECUTABLE, _SHARED = 2, 3
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB, _DT_SONAME = 1, 5, 14
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_MOST_HEADERS = 64
_LONGEST_DYNAMIC = 1 << 16
_LONGEST_NAME = 256
_KEPT = 2 << 20
"""Of the beginning of a file is kept until its names are known: string tables stand there."""

_GPU_LIBRARY = re.compile(
    r"lib(cuda|cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nccl|nvrtc|nvJitLink|"
    r"nvinfer|nvToolsExt|cupti|amdhip64|hip|roc|rccl|MIOpen|hsa|sycl|ze_loader|OpenCL)"
)
"""Libraries that have to do with a GPU."""

_FAT_BINARY = b"\x50\xed\x55\xba"
_FAT_HEADER = struct.Struct("<IHHQ")
_FAT_ENTRY = struct.Struct("<HHIQIIHHIIIQ")
"""Kind, version, bytes of this header and of the code, …, the architecture, …, flags."""
_PTX, _CUBIN = 1, 2
_SPECIFIC = 1 << 20
"""The flag of code for one architecture's own features: `sm_90a`."""
_LONGEST_ENTRY_HEADER = 4096
_LEAST_CODE = 64
_BUNDLE = b"__CLANG_OFFLOAD_BUNDLE__"
_PACKED_BUNDLE = b"CCOB"
_ROCM_TARGET = re.compile(rb"amdgcn-amd-amdhsa-{1,2}(?:-|unknown-)?(gfx[0-9a-f]{3,8}(?:-generic)?)")
_PACKED_START = 1 << 18
_PACKED_UNSAID = 1 << 11
_UNPACKED_START = 1 << 16
"""Of a packed bundle is unpacked what holds its table."""
_MOST_BUNDLES = 4096
_MOST_MARKS = 20_000
"""In one file, that no code stands behind."""
_MOST_ARCHITECTURES = 64
_NO_CODE = "it is no GPU code"


def machine(start: bytes) -> str:
    """Return what the ELF file that begins with *start* runs on; empty for none of ours."""
    if len(start) < 20:
        return ""
    code = int.from_bytes(start[18:20], "big" if start[5] == 2 else "little")
    return _MACHINES.get(code, "")


def is_loaded(start: bytes) -> bool:
    """Tell whether an ELF file is a program or a library, or code for a GPU."""
    kind = int.from_bytes(start[16:18], "big" if start[5:6] == b"\2" else "little")
    return kind in (_EXECUTABLE, _SHARED) or machine(start) in ("cuda", "amdgpu")


class ElfFacts:
    """Looks at one ELF file; never raises."""

    def __init__(self, path: str, size: int, start: bytes) -> None:
        self._path = path
        self._size = size
        self._machine = machine(start)
        self._architectures: dict[str, None] = {}
        self._names = _Names(start)
        self._codes = (
            ()
            if self._machine in ("cuda", "amdgpu")
            else tuple(
                _Code(mark, functools.partial(read, self._architectures))
                for mark, read in (
                    (_FAT_BINARY, _fat_binary),
                    (_BUNDLE, _bundle),
                    (_PACKED_BUNDLE, _packed_bundle),
                )
            )
        )
        if self._machine == "cuda" and len(start) >= 52:
            number = int.from_bytes(start[48:52], "little")
            sm = number >> 8 & 0xFFFF if start[8] >= 8 else number & 0xFF
            self._architectures[f"sm_{sm}"] = None

    def feed(self, piece: bytes) -> None:
        """Take the next *piece*."""
        self._names.feed(piece)
        for code in self._codes:
            code.feed(piece)

    def close(self) -> Binary:
        """Return what was found."""
        soname, needed = self._names.read()
        base = self._path.rpartition("/")[2]
        if not soname and ".so" in base:
            # The name that the loader looks for ends with the first number.
            found = re.match(r"(.+?\.so(?:\.[0-9]+)?)(?:\.[0-9.]+)?$", base)
            soname = found[1] if found else ""
        if self._machine == "amdgpu" and (target := re.search(r"gfx[0-9a-f]{3,8}", base)):
            self._architectures[target[0]] = None
        return Binary(
            path=self._path,
            size=self._size,
            machine=self._machine,
            soname=soname,
            needed=tuple(name for name in needed if _GPU_LIBRARY.match(name)),
            gpu_architectures=tuple(sorted(self._architectures, key=order)),
        )


def order(architecture: str) -> tuple[str, int, str]:
    """
    Return what sorts architectures as people do.

    >>> sorted(["sm_100", "sm_90", "gfx90a"], key=order)
    ['gfx90a', 'sm_90', 'sm_100']
    """
    kind, _, number = architecture.partition("_")
    digits = re.match(r"[0-9]*", number)
    return kind, int(digits[0]) if digits and digits[0] else 0, architecture


class _Code:
    """Looks for one kind of GPU code, and reads it by steps where it is."""

    def __init__(self, mark: bytes, make: Callable[[], Steps]) -> None:
        self._mark = needle(mark)
        self._make = make
        self._reader: Incremental | None = None
        self._rest = b""
        self._left = _MOST_MARKS

    def feed(self, piece: bytes) -> None:
        if self._left < 0:
            return
        if self._reader is None and self._rest:
            # A mark may begin in one piece and end in the next.
            found = self._mark.find(self._rest + piece[: self._mark.length - 1])
            if found >= 0:
                begun, self._rest = self._rest[found:], b""
                self._reader = Incremental(self._make())
                self._read(begun)
        at = self._read(piece)
        while self._reader is None:
            found = self._mark.find(piece, at)
            if found < 0:
                kept = self._mark.length - 1
                if len(piece) - at < kept:
                    self._rest = (self._rest + piece[at:])[-kept:]
                else:
                    self._rest = piece[-kept:]
                return
            self._reader = Incremental(self._make())
            at = found + self._read(piece[found:])
            if self._left < 0:
                return
            self._rest = b""

    def _read(self, content: bytes) -> int:
        """Give *content* to the steps; return how much of it they took or passed over."""
        reader = self._reader
        if reader is None:
            return 0
        before = reader.taken
        try:
            reader.feed(content)
        except ValueError:
            self._reader = None
            self._left -= 1
            return min(self._mark.length, len(content))
        if reader.is_over:
            self._reader = None
            self._left -= reader.taken < _LEAST_CODE
        return reader.taken - before


def _fat_binary(architectures: dict[str, None]) -> Steps:
    """Read a fat binary: its header, then a header and the code of each entry."""
    _, version, length, left = _FAT_HEADER.unpack((yield _FAT_HEADER.size))
    if version != 1 or not _FAT_HEADER.size <= length <= _LONGEST_ENTRY_HEADER:
        raise ValueError(_NO_CODE)
    yield _FAT_HEADER.size - length
    while left >= _FAT_ENTRY.size:
        fields = _FAT_ENTRY.unpack((yield _FAT_ENTRY.size))
        kind, length, size, number, flags = fields[0], fields[2], fields[3], fields[8], fields[11]
        if not _FAT_ENTRY.size <= length <= _LONGEST_ENTRY_HEADER or not 0 < number < 1000:
            raise ValueError(_NO_CODE)
        variant = "a" if flags & _SPECIFIC else ""
        if kind in (_PTX, _CUBIN) and len(architectures) < _MOST_ARCHITECTURES:
            architectures[f"{'sm' if kind == _CUBIN else 'ptx'}_{number}{variant}"] = None
        yield _FAT_ENTRY.size - length - size
        left -= length + size


def _bundle(architectures: dict[str, None]) -> Steps:
    """Read the table of a bundle: of each code its place, its size and its target."""
    yield len(_BUNDLE)
    count = int.from_bytes((yield 8), "little")
    if not 0 < count <= _MOST_BUNDLES:
        raise ValueError(_NO_CODE)
    for _ in range(count):
        _, size, length = struct.unpack("<QQQ", (yield 24))
        if length > _LONGEST_NAME:
            raise ValueError(_NO_CODE)
        _add_target(architectures, (yield length), is_empty=not size)


def _packed_bundle(architectures: dict[str, None]) -> Steps:
    """Read a bundle that is packed (clang's OffloadBundler, versions 1 to 3)."""
    _, version, method = struct.unpack("<4sHH", (yield 8))
    if version not in (1, 2, 3) or method not in (0, 1):
        raise ValueError(_NO_CODE)
    # The size of all of it came with version 2, and 64 bits for sizes with version 3.
    total = 0 if version == 1 else int.from_bytes((yield 8 if version == 3 else 4), "little")
    yield -(16 if version == 3 else 12)
    header = {1: 20, 2: 24, 3: 32}[version]
    packed = max(total - header, 0) if total else _PACKED_UNSAID
    start = yield min(packed, _PACKED_START)
    table = b"".join(Unpacker("zstd" if method else "zlib", _UNPACKED_START).unpack(start))
    if not table.startswith(_BUNDLE):
        raise ValueError(_NO_CODE)
    for target in _ROCM_TARGET.finditer(table):
        _add_target(architectures, target[0], is_empty=False)
    yield min(packed, _PACKED_START) - packed


def _add_target(architectures: dict[str, None], text: bytes, *, is_empty: bool) -> None:
    target = _ROCM_TARGET.search(text)
    if target is not None and not is_empty and len(architectures) < _MOST_ARCHITECTURES:
        architectures[target[1].decode()] = None


class _Names:
    """Reads DT_SONAME and DT_NEEDED, of which the text comes first and the section last."""

    def __init__(self, start: bytes) -> None:
        self._loads: list[tuple[int, int, int]] = []
        self._wanted = 0, 0
        self._kept: list[bytes] = []
        self._size = 0
        self._position = 0
        self._dynamic = bytearray()
        if len(start) < 64 or start[4] != 2 or start[5] != 1:
            return
        (offset,) = struct.unpack_from("<Q", start, 32)
        width, count = struct.unpack_from("<HH", start, 54)
        for n in range(min(count, _MOST_HEADERS)):
            at = offset + n * width
            if at + _PROGRAM_HEADER.size > len(start):
                return
            kind, _, where, address, _, stored, _, _ = _PROGRAM_HEADER.unpack_from(start, at)
            if kind == _PT_LOAD:
                self._loads.append((address, where, stored))
            elif kind == _PT_DYNAMIC:
                self._wanted = where, min(stored, _LONGEST_DYNAMIC)

    def feed(self, piece: bytes) -> None:
        where, size = self._wanted
        if not size:
            return
        begin, end = self._position, self._position + len(piece)
        if self._size < _KEPT:
            self._kept.append(piece)
            self._size += len(piece)
        if begin < where + size and end > where:
            self._dynamic += piece[max(where - begin, 0) : where + size - begin]
        self._position = end

    def read(self) -> tuple[str, list[str]]:
        """Return the name of the library, and of those that it needs, as far as they are known."""
        if not self._dynamic:
            return "", []
        kept = b"".join(self._kept)
        self._kept.clear()
        names: list[int] = []
        soname = strings = None
        for tag, value in _DYNAMIC.iter_unpack(self._dynamic[: len(self._dynamic) // 16 * 16]):
            if tag == 0:
                break
            if tag == _DT_NEEDED and len(names) < 256:
                names.append(value)
            elif tag == _DT_SONAME:
                soname = value
            elif tag == _DT_STRTAB:
                strings = value
        base = None if strings is None else self._offset(strings)
        if base is None:
            return "", []
        needed = [_text(kept, base + name) for name in names]
        return "" if soname is None else _text(kept, base + soname), [*filter(None, needed)]

    def _offset(self, address: int) -> int | None:
        for start, offset, stored in self._loads:
            if start <= address < start + stored:
                return address - start + offset
        return None


def _text(content: bytes, at: int) -> str:
    end = content.find(b"\0", at, at + _LONGEST_NAME)
    return content[at:end].decode("utf-8", "replace") if end > at else ""
