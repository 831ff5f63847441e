"""
OSV's exports: zip files and folders of records, read as a stream, believing nothing.

`<Ecosystem>/all.zip`, `all.zip` of everything, or single JSON files in folders; a level
`osv-scanner/`, as that tool keeps them, makes no difference. Of a zip (APPNOTE.TXT 6.3.10)
only one record is in memory at a time: neither the number of its members, nor their sizes,
true or false, nor their names decide how much that is.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from boxwright.errors import StoreError
from boxwright.progress import Progress
from boxwright.scan.advisories.record import LONGEST

_END, _END_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_CENTRAL, _LOCAL = struct.Struct("<4s4B4HL2L5H2L"), struct.Struct("<4s2B4HL2L2H")
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_MOST_RECORDS = 5_000_000
_MOST_BYTES = 64 << 30
"""Of all records of an export together: everything that OSV has are some gigabytes."""
_HINT = "fetch the export again, from OSV or a mirror that you trust"


class Export(NamedTuple):
    """A file that records are in."""

    path: Path
    ecosystem: str
    """Which ecosystem its folder names; empty where none does."""
    is_zip: bool


class Content(NamedTuple):
    """A record as it is in an export."""

    name: str
    """Of the member or file, for messages only."""
    content: bytes
    problem: str = ""
    """Why there is no content, in a clause."""


def find_exports(path: Path, ecosystems: frozenset[str]) -> Iterator[Export]:
    """
    Yield the exports at *path*: itself, or all zip and JSON files of the folder.

    The nearest folder that is called like one of *ecosystems* tells what a file is about.
    """
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.is_file():
            raise FileNotFoundError
    except OSError as error:
        raise StoreError(
            f"there are no advisories at `{path}`",
            hint="name a zip of an OSV export, a JSON record, or a folder of them",
        ) from error
    if not is_folder:
        above = path.absolute().parent
        yield Export(path, _ecosystem(above, above, ecosystems), path.suffix == ".zip")
        return
    top = path.absolute()
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".zip", ".json")):
                file = Path(folder) / name
                ecosystem = _ecosystem(file.absolute().parent, top, ecosystems)
                yield Export(file, ecosystem, name.endswith(".zip"))


def _ecosystem(folder: Path, top: Path, ecosystems: frozenset[str]) -> str:
    for each in (folder, *folder.parents):
        if each.name in ecosystems:
            return each.name
        if each == top:
            break
    return ""


def read_export(export: Export, progress: Progress) -> Iterator[Content]:
    """
    Yield the records of *export*.

    Raises StoreError where the file as a whole cannot be read; what is wrong with a single
    record is in its *problem*.
    """
    task = f"reading {export.ecosystem or export.path.name}"
    try:
        size = export.path.stat().st_size
        with export.path.open("rb") as file:
            if export.is_zip:
                progress.start(task, size)
                yield from _members(file, size, str(export.path), task, progress)
                progress.finish(task)
            elif size > LONGEST:
                yield Content(export.path.name, b"", f"it has {size} bytes, more than {LONGEST}")
            else:
                yield Content(export.path.name, file.read(LONGEST + 1))
    except OSError as error:
        raise StoreError(
            f"`{export.path}` cannot be read: {error.strerror or error}", hint=_HINT
        ) from error


def _members(
    file: IO[bytes], size: int, path: str, task: str, progress: Progress
) -> Iterator[Content]:
    """Yield the members of a zip that are called `….json`."""
    total = 0
    for number, (header, name, extra) in enumerate(_central(file, size, path)):
        if number >= _MOST_RECORDS:
            raise StoreError(f"`{path}` has more than {_MOST_RECORDS} members", hint=_HINT)
        (_, _, _, _, _, flags, method, _, _, crc, packed, unpacked, *_, offset) = header
        packed, unpacked, offset = _sizes_64(extra, packed, unpacked, offset)
        progress.advance(task, packed)
        if not name.endswith(".json"):
            continue
        if flags & 1 or method not in (_STORED, _DEFLATED):
            yield Content(name, b"", "it is encrypted or packed in a way of its own")
            continue
        if max(packed, unpacked) > LONGEST:
            yield Content(name, b"", f"it has {max(packed, unpacked)} bytes, more than {LONGEST}")
            continue
        content = _content(file, offset, packed, method) if offset + packed <= size else None
        if content is None or len(content) != unpacked or zlib.crc32(content) != crc:
            yield Content(name, b"", "its bytes are not what the zip says of them")
            continue
        total += unpacked
        if total > _MOST_BYTES:
            raise StoreError(f"`{path}` unpacks to more than {_MOST_BYTES} bytes", hint=_HINT)
        yield Content(name, content)


def _content(file: IO[bytes], offset: int, packed: int, method: int) -> bytes | None:
    file.seek(offset)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or local[:4] != b"PK\x03\x04":
        return None
    *_, name_size, extra_size = _LOCAL.unpack(local)
    file.seek(name_size + extra_size, os.SEEK_CUR)
    raw = file.read(packed)
    if len(raw) != packed:
        return None
    if method == _STORED:
        return raw
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(raw, LONGEST + 1)
    except zlib.error:
        return None
    return content if inflater.eof else None


_Entry = tuple[tuple[int, ...], str, bytes]


def _central(file: IO[bytes], size: int, path: str) -> Iterator[_Entry]:
    """Yield header, name and extra fields of each entry of the central directory."""
    start, end = _directory(file, size, path)
    position = start
    while position < end:
        file.seek(position)
        fixed = file.read(_CENTRAL.size)
        if len(fixed) < _CENTRAL.size or fixed[:4] != b"PK\x01\x02":
            raise StoreError(f"the directory of the zip `{path}` is damaged", hint=_HINT)
        header = _CENTRAL.unpack(fixed)
        name_size, extra_size, comment_size = header[12:15]
        rest = file.read(name_size + extra_size)
        yield header, rest[:name_size].decode("utf-8", "replace"), rest[name_size:]
        position += _CENTRAL.size + name_size + extra_size + comment_size


def _directory(file: IO[bytes], size: int, path: str) -> tuple[int, int]:
    """Return where the central directory begins and ends."""
    tail_size = min(size, _END.size + _MAX_16)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise StoreError(f"`{path}` is no zip", hint=_HINT)
    (_, _, _, _, entries, length, start, _) = _END.unpack_from(tail, at)
    locator = at - _LOCATOR_64.size
    is_64 = _MAX_32 in (length, start) or entries == _MAX_16
    if is_64 and locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        (_, _, position, _) = _LOCATOR_64.unpack_from(tail, locator)
        if position + _END_64.size <= size:
            file.seek(position)
            record = file.read(_END_64.size)
            if record[:4] == b"PK\x06\x06":
                (*_, length, start) = _END_64.unpack(record)
    if start + length > size:
        raise StoreError(f"the directory of the zip `{path}` is damaged", hint=_HINT)
    return start, start + length


def _sizes_64(extra: bytes, packed: int, unpacked: int, offset: int) -> tuple[int, int, int]:
    """Return the sizes and the offset, from the ZIP64 field where they stand there (4.5.3)."""
    if _MAX_32 not in (packed, unpacked, offset):
        return packed, unpacked, offset
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        field = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if kind != 1:
            continue
        values = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field), 8)]
        numbers = iter(values)
        unpacked = next(numbers, unpacked) if unpacked == _MAX_32 else unpacked
        packed = next(numbers, packed) if packed == _MAX_32 else packed
        offset = next(numbers, offset) if offset == _MAX_32 else offset
        break
    return packed, unpacked, offset
