"""What the shared libraries and programs in a wheel need from the system below them."""

from __future__ import annotations

import contextlib
import mmap
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from boxwright.image.elf import MAGIC, Elf, read_elf
from boxwright.wheel.archive import open_wheel

_SMALLEST_ELF = 64
_IN_MEMORY = 4_000_000
"""A library with more bytes is inflated to a file, of which only what is looked at is read."""

# Most files by far, and never libraries: not even their first bytes are inflated.
_TEXT = re.compile(r"\.(?:py|pyi|pyx|pxd|h|hpp|cuh|c|cpp|txt|json|md|rst|js|css|html|yaml)$")
_VERSION = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a wheel needs and what it brings itself."""

    needed: tuple[str, ...]
    """Sonames that its files name in DT_NEEDED, sorted; some of them it may bring itself."""
    provided: tuple[str, ...]
    """Sonames and file names of the libraries that it brings, sorted."""
    versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The highest symbol version that it needs of each family: `{"GLIBC": (2, 28)}`."""
    machines: tuple[int, ...] = ()
    """The `e_machine` of its files, sorted."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Members that begin as ELF files do but cannot be read, and why: test data, mostly."""


def read_needs(path: Path, filename: str = "") -> Needs:
    """
    Return what the wheel *path* needs.

    Memory is bounded however large a library is. Raises PackageError where the wheel is
    damaged.
    """
    needed: set[str] = set()
    provided: set[str] = set()
    versions: dict[str, tuple[int, ...]] = {}
    machines: set[int] = set()
    skipped: list[tuple[str, str]] = []
    with open_wheel(path, filename) as wheel, contextlib.ExitStack() as stack:
        spill: IO[bytes] | None = None
        for member in wheel.members:
            if member.size < _SMALLEST_ELF or _TEXT.search(member.name):
                continue
            pieces = wheel.pieces(member)
            start = next(pieces)
            if not start.startswith(MAGIC):
                continue
            try:
                if member.size <= _IN_MEMORY:
                    elf = read_elf(start + b"".join(pieces))
                else:
                    spill = spill or stack.enter_context(tempfile.TemporaryFile())
                    elf = _read_spilt(start, pieces, spill)
            except ValueError as error:
                skipped.append((member.name, str(error)))
                continue
            if elf is None:
                continue
            needed.update(elf.needed)
            machines.add(elf.machine)
            provided.add(member.name.rpartition("/")[2])
            if elf.soname:
                provided.add(elf.soname)
            for _, version in elf.versions_needed:
                _raise_to(versions, version)
    return Needs(
        needed=tuple(sorted(needed)),
        provided=tuple(sorted(provided)),
        versions=dict(sorted(versions.items())),
        machines=tuple(sorted(machines)),
        skipped=tuple(skipped),
    )


def _read_spilt(start: bytes, pieces: Iterator[bytes], spill: IO[bytes]) -> Elf | None:
    """Read what *start* begins by way of the file *spill*: what is needed may lie anywhere."""
    spill.seek(0)
    spill.truncate()
    spill.write(start)
    spill.writelines(pieces)
    spill.flush()
    with mmap.mmap(spill.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = memoryview(mapped)
        try:
            return read_elf(view)
        finally:
            view.release()


def _raise_to(versions: dict[str, tuple[int, ...]], name: str) -> None:
    match = _VERSION.fullmatch(name)
    if match is None:
        return
    version = tuple(map(int, match[2].split(".")))
    versions[match[1]] = max(version, versions.get(match[1], ()))
