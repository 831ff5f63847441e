"""
What a shared library or a program asks of the loader: the dynamic section of an ELF file.

Only what is mapped at run time is read (program headers, never section headers), as the
loader itself does: gABI, chapter 5, "Dynamic Linking"; the symbol versions as in the LSB,
"Symbol Versioning". 64-bit little-endian files only: all platforms of ours are that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"\x7fELF"

MACHINES = {"amd64": 62, "arm64": 183}
"""The `e_machine` of Debian's architectures."""

_CLASS_64 = 2
_LITTLE_ENDIAN = 1
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 14, 15, 29
_DT_VERDEF, _DT_VERDEFNUM, _DT_VERNEED, _DT_VERNEEDNUM = (
    0x6FFFFFFC,
    0x6FFFFFFD,
    0x6FFFFFFE,
    0x6FFFFFFF,
)

_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_VERNEED = struct.Struct("<HHIII")
_VERNAUX = struct.Struct("<IHHII")
_VERDEF = struct.Struct("<HHHHIII")
_VERDAUX = struct.Struct("<II")

_MOST_HEADERS = 512
_MOST_DYNAMIC = 65_536
_MOST_VERSIONS = 65_536
_LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What one ELF file says of itself; all empty for a static program."""

    machine: int
    needed: tuple[str, ...] = ()
    """DT_NEEDED: the libraries that the loader looks for, in its order."""
    soname: str = ""
    runpath: tuple[str, ...] = ()
    """DT_RUNPATH or DT_RPATH, split at the colons."""
    interpreter: str = ""
    """PT_INTERP: the loader that a program names."""
    versions_needed: tuple[tuple[str, str], ...] = ()
    """(library, version): `("libc.so.6", "GLIBC_2.28")`."""
    versions_defined: tuple[str, ...] = ()


def read_elf(content: bytes | memoryview) -> Elf | None:
    """
    Return what *content* says of itself, None where it is no 64-bit little-endian ELF file.

    Raises ValueError where it is one, but damaged.

    >>> read_elf(b"#!/bin/sh") is None
    True
    """
    if len(content) < 20 or bytes(content[:4]) != MAGIC:
        return None
    if content[4] != _CLASS_64 or content[5] != _LITTLE_ENDIAN:
        return None
    try:
        return _Reader(memoryview(content)).read()
    except (struct.error, OverflowError) as error:
        msg = "the ELF file is cut short"
        raise ValueError(msg) from error


class _Reader:
    """Reads one file; every offset in it is untrusted."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._loads: list[tuple[int, int, int]] = []
        self._strings = 0
        self._strings_end = 0

    def read(self) -> Elf:
        content = self._content
        (machine,) = struct.unpack_from("<H", content, 18)
        (start,) = struct.unpack_from("<Q", content, 32)
        size, count = struct.unpack_from("<HH", content, 54)
        if count and (size < _PROGRAM_HEADER.size or count > _MOST_HEADERS):
            raise _damaged("program headers")
        dynamic: tuple[int, int] | None = None
        interpreter = ""
        for n in range(count):
            kind, _, offset, address, _, stored, _, _ = _PROGRAM_HEADER.unpack_from(
                content, start + n * size
            )
            if kind == _PT_LOAD:
                self._loads.append((address, offset, stored))
            elif kind == _PT_DYNAMIC:
                dynamic = (offset, stored)
            elif kind == _PT_INTERP:
                interpreter = self._text(offset, min(offset + stored, len(content)))
        if dynamic is None:
            return Elf(machine=machine, interpreter=interpreter)
        return self._dynamic(machine, interpreter, *dynamic)

    def _dynamic(self, machine: int, interpreter: str, start: int, size: int) -> Elf:
        needed: list[int] = []
        single: dict[int, int] = {}
        for n in range(min(size // _DYNAMIC.size, _MOST_DYNAMIC)):
            tag, value = _DYNAMIC.unpack_from(self._content, start + n * _DYNAMIC.size)
            if tag == 0:
                break
            if tag == _DT_NEEDED:
                needed.append(value)
            else:
                single[tag] = value
        if _DT_STRTAB in single:
            self._strings = self._offset(single[_DT_STRTAB])
            self._strings_end = min(
                self._strings + single.get(_DT_STRSZ, len(self._content)), len(self._content)
            )
        runpath = single.get(_DT_RUNPATH, single.get(_DT_RPATH))
        return Elf(
            machine=machine,
            interpreter=interpreter,
            needed=tuple(map(self._name, needed)),
            soname=self._name(single[_DT_SONAME]) if _DT_SONAME in single else "",
            runpath=tuple(filter(None, self._name(runpath).split(":"))) if runpath else (),
            versions_needed=self._versions_needed(single),
            versions_defined=self._versions_defined(single),
        )

    def _versions_needed(self, single: dict[int, int]) -> tuple[tuple[str, str], ...]:
        if _DT_VERNEED not in single:
            return ()
        found = []
        at = self._offset(single[_DT_VERNEED])
        budget = _MOST_VERSIONS
        for _ in range(min(single.get(_DT_VERNEEDNUM, 0), _MOST_VERSIONS)):
            _, count, file, aux, following = _VERNEED.unpack_from(self._content, at)
            library = self._name(file)
            entry = at + aux
            for _ in range(count):
                budget -= 1
                if budget < 0:
                    raise _damaged("symbol versions")
                _, _, _, name, next_entry = _VERNAUX.unpack_from(self._content, entry)
                found.append((library, self._name(name)))
                if not next_entry:
                    break
                entry += next_entry
            if not following:
                break
            at += following
        return tuple(found)

    def _versions_defined(self, single: dict[int, int]) -> tuple[str, ...]:
        if _DT_VERDEF not in single:
            return ()
        found = []
        at = self._offset(single[_DT_VERDEF])
        for _ in range(min(single.get(_DT_VERDEFNUM, 0), _MOST_VERSIONS)):
            _, flags, _, count, _, aux, following = _VERDEF.unpack_from(self._content, at)
            # The base definition (VER_FLG_BASE) is the file's own name, not a version.
            if count and not flags & 1:
                name, _ = _VERDAUX.unpack_from(self._content, at + aux)
                found.append(self._name(name))
            if not following:
                break
            at += following
        return tuple(found)

    def _offset(self, address: int) -> int:
        """Return where in the file the memory at *address* comes from."""
        for start, offset, stored in self._loads:
            if start <= address < start + stored:
                return address - start + offset
        raise _damaged("addresses")

    def _name(self, index: int) -> str:
        """Return the entry *index* of the string table."""
        if not self._strings_end:
            raise _damaged("string table")
        return self._text(self._strings + index, self._strings_end)

    def _text(self, start: int, end: int) -> str:
        if not 0 <= start < end:
            raise _damaged("string table")
        piece = bytes(self._content[start : min(end, start + _LONGEST_NAME)])
        length = piece.find(b"\0")
        if length < 0:
            raise _damaged("string table")
        return piece[:length].decode(errors="backslashreplace")


def _damaged(part: str) -> ValueError:
    return ValueError(f"the ELF file's {part} lie outside of it or never end")
