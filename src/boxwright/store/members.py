"""
Where the members of a tar begin and how long they are, read without trusting it.

Only headers are read. Formats: POSIX ustar and PAX, and GNU's long names.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from boxwright.errors import StoreError
from boxwright.image.tar import BLOCK, padding
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.store.copy import reading_failed

_MAX_MEMBERS = 20_000
"""An image has a few hundred; more is an attempt to fill the memory."""
_MAX_EXTENDED = 1 << 20
"""Bytes of one extended header."""
_MAX_LINKS = 8

_HINT = "the archive is damaged, cut short or made to do harm; make it or fetch it again"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar."""

    offset: int
    size: int


def read_members(path: Path) -> dict[str, Member]:
    """
    Return the files in the tar *path* by name; a link within it is the file that it names.

    Names outside of the archive, devices and damage of any kind are a StoreError.
    """
    try:
        with path.open("rb") as file:
            return _Scan(path, file).members()
    except OSError as error:
        raise reading_failed(str(path), error) from error


def read_document(path: Path, members: Mapping[str, Member], name: str) -> Node:
    """Return the JSON document *name* among the *members* of the tar *path*."""
    what = f"`{name}` in the archive `{path}`"
    member = members.get(name)
    if member is None:
        raise StoreError(f"{what} is missing", hint="name an archive that holds an image")
    try:
        with path.open("rb") as file:
            file.seek(member.offset)
            # One byte more than is allowed, for the error.
            return parse_document(file.read(min(member.size, LIMIT + 1)), what)
    except OSError as error:
        raise reading_failed(str(path), error) from error


class _Scan:
    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._end = os.fstat(file.fileno()).st_size
        self._found: dict[str, Member] = {}
        self._links: dict[str, str] = {}

    def members(self) -> dict[str, Member]:
        at = 0
        extended: dict[str, bytes] = {}
        while True:
            block = self._read(at, BLOCK)
            if not block.strip(b"\0"):
                break
            if not _checksum_is_right(block):
                raise self._damaged(f"no tar header at byte {at}")
            at += BLOCK
            kind = block[156:157]
            size = self._size(block, extended)
            if size > self._end - at:
                raise self._damaged(f"a member at byte {at} goes on after the end")
            if kind in (b"x", b"g", b"L", b"K"):
                self._extend(extended, kind, at, size)
            else:
                self._add(block, kind, extended, at, size)
                extended = {}
            at += size + padding(size)
        for name in self._links:
            target = self._target(name)
            if target is not None:
                self._found[name] = target
        return self._found

    def _extend(self, extended: dict[str, bytes], kind: bytes, at: int, size: int) -> None:
        if size > _MAX_EXTENDED:
            raise self._damaged(f"an extended header of {size} bytes")
        content = self._read(at, size)
        if kind == b"x":
            extended |= self._pax_records(content)
        elif kind in (b"L", b"K"):
            key = "path" if kind == b"L" else "linkpath"
            extended[key] = content.rstrip(b"\0")

    def _add(
        self, block: bytes, kind: bytes, extended: dict[str, bytes], at: int, size: int
    ) -> None:
        name = self._name(extended.get("path") or _ustar_name(block))
        if len(self._found) + len(self._links) >= _MAX_MEMBERS:
            raise self._damaged(f"more than {_MAX_MEMBERS} members")
        if kind == b"5":
            return
        if name in self._found or name in self._links:
            raise self._damaged(f"two members `{name}`")
        if kind in (b"0", b"\0"):
            self._found[name] = Member(at, size)
        elif kind in (b"1", b"2"):
            link = (extended.get("linkpath") or _until_nul(block[157:257])).decode(errors="replace")
            base = "" if kind == b"1" else posixpath.dirname(name)
            self._links[name] = self._name(posixpath.join(base, link).encode())
        else:
            raise self._damaged(f"`{name}` is neither file, folder nor link")

    def _target(self, name: str) -> Member | None:
        # Docker up to 24 saves a layer that comes twice as a link; a broken one matters
        # only to who asks for it.
        for _ in range(_MAX_LINKS):
            name = self._links.get(name, name)
            if name in self._found:
                return self._found[name]
        return None

    def _name(self, raw: bytes) -> str:
        text = raw.decode(errors="replace")
        name = posixpath.normpath(text)
        if text.startswith("/") or name.startswith("../") or name == "..":
            raise self._damaged(f"the name `{text[:80]}`, which leads out of it")
        return name

    def _size(self, block: bytes, extended: dict[str, bytes]) -> int:
        if block[156:157] not in (b"x", b"g", b"L", b"K") and "size" in extended:
            text = extended["size"]
            if not text.isdigit() or len(text) > 18:
                raise self._damaged("a size that is no number")
            return int(text)
        field = block[124:136]
        if field[0] & 0x80:
            size = int.from_bytes(field, "big") & ((1 << 95) - 1)
        else:
            digits = field.strip(b" \0")
            if not all(digit in b"01234567" for digit in digits):
                raise self._damaged("a size that is no number")
            size = int(digits or b"0", 8)
        # Links and folders have no content, whatever they say.
        return 0 if block[156:157] in (b"1", b"2", b"5") else size

    def _pax_records(self, content: bytes) -> dict[str, bytes]:
        records: dict[str, bytes] = {}
        while content:
            length_text, space, _ = content[:20].partition(b" ")
            length = int(length_text) if space and length_text.isdigit() else 0
            record = content[len(length_text) + 1 : length]
            key, equals, value = record[:-1].partition(b"=")
            if not equals or length > len(content) or record[-1:] != b"\n":
                raise self._damaged("an extended header that is none")
            records[key.decode(errors="replace")] = value
            content = content[length:]
        return records

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        content = self._file.read(size)
        if len(content) < size:
            raise self._damaged("no end")
        return content

    def _damaged(self, what: str) -> StoreError:
        return StoreError(f"the archive `{self._path}` has {what}", hint=_HINT)


def _checksum_is_right(block: bytes) -> bool:
    stored = block[148:156].strip(b" \0")
    if not stored or not all(digit in b"01234567" for digit in stored):
        return False
    return int(stored, 8) == sum(block) - sum(block[148:156]) + 8 * ord(" ")


def _ustar_name(block: bytes) -> bytes:
    name = _until_nul(block[:100])
    prefix = _until_nul(block[345:500]) if block[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _until_nul(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
