"""
The members of a tar that an image is in, read from front to back without trusting it.

Formats: POSIX ustar and PAX, and GNU's long names. Nothing is unpacked; a name that leads
out of the archive is harm, as no program that writes images makes one.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boxwright.errors import StoreError
from boxwright.image.tar import BLOCK, padding
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.store.copy import reading_failed

_MAX_MEMBERS = 20_000
"""An image has a few hundred; more is an attempt to fill the memory."""
_MAX_EXTENDED = 1 << 20
"""Bytes of one extended header."""
_MAX_LINKS = 8
_MAX_RECORDS = 1000

_HINT = "the archive is damaged, cut short or made to do harm; make it or fetch it again"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """A file or a link in a tar, whose content comes next."""

    name: str
    size: int
    link: str | None = None
    """The name of the member that a link stands for."""


class Forward(Protocol):
    """Bytes from front to back."""

    def read(self, size: int, /) -> bytes:
        """Return *size* bytes; fewer at the end only."""
        ...


class Heads:
    """
    The heads of the tar that *source* gives, one after another.

    Whoever gets one reads its `size` bytes of content from *source*, or skips them, and says so
    with `passed`, which includes the padding. *place* is what errors call the tar.
    """

    def __init__(self, source: Forward, place: str, end: int | None = None) -> None:
        self.at = 0
        """How many bytes of the tar have passed."""
        self._source = source
        self._place = place
        self._end = end
        self._names: set[str] = set()

    def next(self) -> Head | None:
        """Return the next file or link; None at the end. Folders are passed over."""
        extended: dict[str, bytes] = {}
        while True:
            block = self.read(BLOCK)
            if not block.strip(b"\0"):
                return None
            if not _checksum_is_right(block):
                raise self.damaged(f"no tar header at byte {self.at - BLOCK}")
            kind = block[156:157]
            size = self._size(block, extended)
            if self._end is not None and size > self._end - self.at:
                raise self.damaged(f"a member at byte {self.at} goes on after the end")
            if kind in (b"x", b"g", b"L", b"K"):
                self._extend(extended, kind, size)
                continue
            head = self._head(block, kind, extended, size)
            extended = {}
            if head:
                return head

    def passed(self, size: int) -> None:
        """Take note that *size* more bytes were read or skipped."""
        self.at += size

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        content = self._source.read(size)
        if len(content) < size:
            raise self.damaged("no end")
        self.at += size
        return content

    def damaged(self, what: str) -> StoreError:
        """Return the error that says that the tar has *what*."""
        return StoreError(f"{self._place} has {what}", hint=_HINT)

    def _extend(self, extended: dict[str, bytes], kind: bytes, size: int) -> None:
        if size > _MAX_EXTENDED:
            raise self.damaged(f"an extended header of {size} bytes")
        content = self.read(size + padding(size))[:size]
        if kind == b"x":
            extended |= self._pax_records(content)
        elif kind in (b"L", b"K"):
            key = "path" if kind == b"L" else "linkpath"
            extended[key] = content.rstrip(b"\0")

    def _head(
        self, block: bytes, kind: bytes, extended: Mapping[str, bytes], size: int
    ) -> Head | None:
        name = self._name(extended.get("path") or _ustar_name(block))
        if kind == b"5":
            return None
        if len(self._names) >= _MAX_MEMBERS:
            raise self.damaged(f"more than {_MAX_MEMBERS} members")
        if name in self._names:
            raise self.damaged(f"two members `{name}`")
        self._names.add(name)
        if kind in (b"0", b"\0"):
            return Head(name, size)
        if kind in (b"1", b"2"):
            link = (extended.get("linkpath") or _until_nul(block[157:257])).decode(errors="replace")
            base = "" if kind == b"1" else posixpath.dirname(name)
            return Head(name, 0, self._name(posixpath.join(base, link).encode()))
        raise self.damaged(f"`{name}` is neither file, folder nor link")

    def _name(self, raw: bytes) -> str:
        text = raw.decode(errors="replace")
        name = posixpath.normpath(text)
        if text.startswith("/") or name.startswith("../") or name == "..":
            raise self.damaged(f"the name `{text[:80]}`, which leads out of it")
        return name

    def _size(self, block: bytes, extended: Mapping[str, bytes]) -> int:
        if block[156:157] not in (b"x", b"g", b"L", b"K") and "size" in extended:
            text = extended["size"]
            if not text.isdigit() or len(text) > 18:
                raise self.damaged("a size that is no number")
            return int(text)
        field = block[124:136]
        if field[0] & 0x80:
            size = int.from_bytes(field, "big") & ((1 << 95) - 1)
        else:
            digits = field.strip(b" \0")
            if not all(digit in b"01234567" for digit in digits):
                raise self.damaged("a size that is no number")
            size = int(digits or b"0", 8)
        # Links and folders have no content, whatever they say.
        return 0 if block[156:157] in (b"1", b"2", b"5") else size

    def _pax_records(self, content: bytes) -> dict[str, bytes]:
        records: dict[str, bytes] = {}
        at = 0
        for _ in range(_MAX_RECORDS):
            if at == len(content):
                return records
            length_text, space, _ = content[at : at + 20].partition(b" ")
            length = int(length_text) if space and length_text.isdigit() else 0
            record = content[at + len(length_text) + 1 : at + length]
            key, equals, value = record[:-1].partition(b"=")
            if not equals or length > len(content) - at or record[-1:] != b"\n":
                raise self.damaged("an extended header that is none")
            records[key.decode(errors="replace")] = value
            at += length
        raise self.damaged(f"an extended header of more than {_MAX_RECORDS} records")


def read_members(path: Path) -> dict[str, Member]:
    """
    Return the files in the tar *path* by name; a link within it is the file that it names.

    Names outside of the archive, devices and damage of any kind are a StoreError.
    """
    found: dict[str, Member] = {}
    links: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            heads = Heads(file, f"the archive `{path}`", end)
            while head := heads.next():
                if head.link is None:
                    found[head.name] = Member(heads.at, head.size)
                else:
                    links[head.name] = head.link
                heads.passed(head.size + padding(head.size))
                file.seek(heads.at)
    except OSError as error:
        raise reading_failed(str(path), error) from error
    for name in links:
        target = followed(name, links, found)
        if target is not None:
            found[name] = found[target]
    return found


def followed(name: str, links: Mapping[str, str], files: Mapping[str, object]) -> str | None:
    """
    Return which of *files* the link *name* ends at; None where it ends at none.

    Docker up to 24 saves a layer that comes twice as a link; a broken one matters only
    to who asks for it.

    >>> followed("a", {"a": "b", "b": "c"}, {"c": 1})
    'c'
    >>> followed("a", {"a": "b", "b": "a"}, {})
    """
    for _ in range(_MAX_LINKS):
        if name in files:
            return name
        name = links.get(name, name)
    return name if name in files else None


def read_document(path: Path, members: Mapping[str, Member], name: str) -> Node:
    """Return the JSON document *name* among the *members* of the tar *path*."""
    what = f"`{name}` in the archive `{path}`"
    member = members.get(name)
    if member is None:
        raise missing_document(what)
    try:
        with path.open("rb") as file:
            file.seek(member.offset)
            # One byte more than is allowed, for the error.
            return parse_document(file.read(min(member.size, LIMIT + 1)), what)
    except OSError as error:
        raise reading_failed(str(path), error) from error


def missing_document(what: str) -> StoreError:
    """Return the error that says that the document *what* is not in its archive."""
    return StoreError(f"{what} is missing", hint="name an archive that holds an image")


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
