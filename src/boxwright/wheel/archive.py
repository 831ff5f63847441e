"""
Reading a wheel as the zip file that it is, believing nothing that it says.

The central directory decides (APPNOTE.TXT 6.3.10, section 4.3.12); every local header
must agree with it. What two readers could understand in two ways is refused: such a file
may have been checked as one thing and be installed as another.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

from boxwright.errors import PackageError
from boxwright.image.inflate import inflate

STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_END_MAGIC, _END_64_MAGIC, _LOCATOR_64_MAGIC = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL_MAGIC, _LOCAL_MAGIC, _DESCRIPTOR_MAGIC = b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08"
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF

_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_HAS_DESCRIPTOR = 0x0008
_PATCH = 0x0020
_UTF_8 = 0x0800
_EXTRA_ZIP64, _EXTRA_UNICODE_PATH = 0x0001, 0x7075

_FORMAT, _DIRECTORY, _REGULAR, _SYMLINK = 0o170000, 0o040000, 0o100000, 0o120000

_PIECE = 1 << 18
_MOST_MEMBERS = 200_000
_LONGEST_PART, _LONGEST_PATH = 255, 3800
_MOST_INFLATED_FREELY = 1 << 30
_HIGHEST_RATIO = 100
"""How many times its own size a wheel may have when it is more than a gigabyte."""

# A part that is empty, `.`, `..` or a whiteout; a backslash or a control character; a drive.
_BAD_PATH = re.compile(r"(?:^|/)(?:\.{0,2}(?:/|$)|\.wh\.)|[\\\x00-\x1f\x7f]|^[A-Za-z]:")
_LONG_PART = re.compile(r"[^/]{64,}")

_HOSTILE = "the wheel is damaged or made to do harm; fetch it again from a source that you trust"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a wheel, as the central directory describes it."""

    name: str
    method: int
    """STORED or DEFLATED."""
    flags: int
    crc32: int
    compressed_size: int
    size: int
    offset: int
    """Where its local header begins."""
    limit: int
    """Where what follows it begins; its own bytes end there at the latest."""
    is_executable: bool


class WheelArchive:
    """An open wheel called *filename*; `members` are its files, in the order of their names."""

    def __init__(self, filename: str, descriptor: int, members: tuple[Member, ...]) -> None:
        self.filename = filename
        self.members = members
        self._descriptor = descriptor
        self._by_name = {member.name: member for member in members}

    def find(self, name: str) -> Member | None:
        """Return the member *name*, if there is one."""
        return self._by_name.get(name)

    def raw(self, member: Member) -> Iterator[bytes]:
        """
        Yield the content of *member* as it is stored.

        Raises PackageError where its local header disagrees with the central directory.
        """
        header_size = _LOCAL.size + len(member.name.encode())
        first = self._read(member.offset, header_size + min(member.compressed_size, _PIECE) + 64)
        start = self._start(member, first)
        end = start + member.compressed_size
        self._check_end(member, end)
        at = start - member.offset
        first = first[at : at + member.compressed_size]
        if first:
            yield first
        position = start + len(first)
        while position < end:
            piece = self._read(position, min(_PIECE, end - position))
            if not piece:
                raise self._refuse(f"`{member.name}` is cut short")
            position += len(piece)
            yield piece

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content of *member*, which is what its size and CRC-32 promise."""
        if member.method == DEFLATED:
            try:
                yield from inflate(self.raw(member), member.size, member.crc32)
            except ValueError as error:
                raise self._lying(member) from error
            return
        crc = 0
        for piece in self.raw(member):
            crc = isal_zlib.crc32(piece, crc)
            yield piece
        if crc != member.crc32:
            raise self._lying(member)

    def content(self, member: Member, *, limit: int) -> bytes:
        """Return the content of *member*, which must have at most *limit* bytes."""
        if member.size > limit:
            raise self._refuse(f"`{member.name}` has {member.size} bytes, more than {limit}")
        return b"".join(self.pieces(member))

    def _start(self, member: Member, header: bytes) -> int:
        """Return where the content of *member* begins; *header* begins with its local header."""
        if len(header) < _LOCAL.size:
            raise self._refuse(f"the local header of `{member.name}` is cut short")
        (magic, _, _, flags, method, _, _, crc, compressed, size, name_size, extra_size) = (
            _LOCAL.unpack_from(header)
        )
        name_end = _LOCAL.size + name_size
        name = member.name.encode()
        if (
            magic != _LOCAL_MAGIC
            or flags != member.flags
            or method != member.method
            or header[_LOCAL.size : name_end] != name
        ):
            raise self._disagrees(member)
        if extra_size and _MAX_32 in (compressed, size):
            extra = self._read(member.offset + name_end, extra_size)
            try:
                size, compressed, _ = _zip64(extra, size, compressed, 0)
            except ValueError:
                raise self._disagrees(member) from None
        promised = (crc, compressed, size)
        known = (member.crc32, member.compressed_size, member.size)
        # With a data descriptor the local header has zeros, or what it should have.
        if promised != known and not (flags & _HAS_DESCRIPTOR and promised == (0, 0, 0)):
            raise self._disagrees(member)
        return int(member.offset + name_end + extra_size)

    def _check_end(self, member: Member, end: int) -> None:
        """Check that nothing but a data descriptor stands between *member* and what follows."""
        gap = member.limit - end
        if gap < 0:
            raise self._refuse(f"`{member.name}` overlaps with what follows it")
        if not gap and not member.flags & _HAS_DESCRIPTOR:
            return
        if member.flags & _HAS_DESCRIPTOR and gap <= 24:
            found = self._read(end, gap)
            for sizes in ("<L2L", "<L2Q"):
                with contextlib.suppress(struct.error):
                    right = struct.pack(sizes, member.crc32, member.compressed_size, member.size)
                    if found in (right, _DESCRIPTOR_MAGIC + right):
                        return
        raise self._refuse(f"`{member.name}` is followed by bytes that belong to nothing")

    def _read(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, offset)

    def _lying(self, member: Member) -> PackageError:
        return self._refuse(f"`{member.name}` is not the {member.size} bytes that it promises")

    def _disagrees(self, member: Member) -> PackageError:
        return self._refuse(
            f"the local header of `{member.name}` disagrees with the central directory"
        )

    def _refuse(self, why: str) -> PackageError:
        return PackageError(f"wheel `{self.filename}`: {why}", hint=_HOSTILE)


@contextlib.contextmanager
def open_wheel(path: Path, filename: str = "") -> Iterator[WheelArchive]:
    """
    Open the wheel *path*, which is called *filename* where a cache knows it by another name.

    Raises PackageError where it is no zip file, is damaged, or holds what no wheel may
    hold; what is wrong with a single member may show only when that is read.
    """
    filename = filename or path.name
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise PackageError(
            f"wheel `{path}` cannot be read: {error.strerror or error}",
            hint="check that the file exists and may be read",
        ) from error
    with file:
        try:
            members = _members(file.fileno())
        except (ValueError, struct.error) as error:
            # struct's own words mean nothing to the reader: a record was cut short.
            why = str(error) if isinstance(error, ValueError) else "it is cut short"
            raise PackageError(f"wheel `{filename}`: {why}", hint=_HOSTILE) from error
        yield WheelArchive(filename, file.fileno(), members)


def _members(descriptor: int) -> tuple[Member, ...]:
    size = os.fstat(descriptor).st_size
    directory, count, start = _directory(descriptor, size)
    found = sorted(_entries(directory, count), key=lambda entry: entry.offset)
    if (found[0].offset if found else start) != 0:
        raise ValueError("it does not begin with a member")
    limits = [entry.offset for entry in found[1:]] + [start]
    members = [_member(entry, limit) for entry, limit in zip(found, limits, strict=True)]
    _check_size(members, size)
    files = [member for member in members if not member.name.endswith("/")]
    _check_paths([member.name for member in members])
    return tuple(sorted(files, key=lambda member: member.name))


def _directory(descriptor: int, size: int) -> tuple[bytes, int, int]:
    """Return the central directory, how many entries it has and where it begins."""
    tail_start = max(0, size - _END.size - _MAX_16)
    tail = os.pread(descriptor, size - tail_start, tail_start)
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise ValueError("it is no zip file, or is cut short")
    _, disk, directory_disk, count_here, count, length, start, comment = _END.unpack_from(tail, at)
    # A comment that held another such record would be rfind's answer, and end too early.
    if at + _END.size + comment != len(tail):
        raise ValueError("something follows its end")
    end = tail_start + at
    locator = os.pread(descriptor, _LOCATOR_64.size, max(0, end - _LOCATOR_64.size))
    if locator[:4] == _LOCATOR_64_MAGIC:
        _, _, at_64, _ = _LOCATOR_64.unpack(locator)
        record = os.pread(descriptor, _END_64.size, at_64)
        if record[:4] != _END_64_MAGIC:
            raise ValueError("its zip64 record is not where it should be")
        narrow = (count, length, start)
        (_, record_size, _, _, disk, directory_disk, count_here, count, length, start) = (
            _END_64.unpack(record)
        )
        for wide, short, limit in zip(
            (count, length, start), narrow, (_MAX_16, _MAX_32, _MAX_32), strict=True
        ):
            if short not in (wide, limit):
                raise ValueError("its two end records disagree")
        if at_64 + 12 + record_size != end - _LOCATOR_64.size:
            raise ValueError("its zip64 record is not where it should be")
        end = at_64
    elif count == _MAX_16 or _MAX_32 in (length, start):
        raise ValueError("its zip64 record is missing")
    if disk or directory_disk or count_here != count:
        raise ValueError("it is one of several parts")
    if start + length != end:
        raise ValueError("its central directory is not where it should be")
    if count > _MOST_MEMBERS or length < count * _CENTRAL.size:
        raise ValueError(f"it cannot hold the {count} members that it promises")
    if length > count * (_CENTRAL.size + 3 * _MAX_16):
        raise ValueError("its central directory is too long")
    return os.pread(descriptor, length, start), count, start


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the central directory, with what decides whether it may be there."""

    name: str
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    offset: int
    mode: int


def _entries(directory: bytes, count: int) -> Iterator[_Entry]:
    at = 0
    for _ in range(count):
        (
            magic, _, system, _, _, flags, method, _, _, crc, compressed, size,
            name_size, extra_size, comment_size, disk, _, attributes, offset,
        ) = _CENTRAL.unpack_from(directory, at)  # fmt: skip
        if magic != _CENTRAL_MAGIC:
            raise ValueError("its central directory is damaged")
        at += _CENTRAL.size
        raw_name = directory[at : at + name_size]
        at += name_size
        name = _name(raw_name, flags)
        if extra_size:
            extra = directory[at : at + extra_size]
            _check_extra(extra, raw_name, name)
            size, compressed, offset = _zip64(extra, size, compressed, offset)
        at += extra_size + comment_size
        if disk:
            raise ValueError("it is one of several parts")
        # Only Unix (3) and macOS (19) keep a mode in the upper half.
        mode = attributes >> 16 if system in (3, 19) else 0
        yield _Entry(name, flags, method, crc, compressed, size, offset, mode)
    if at != len(directory):
        raise ValueError("its central directory is longer than its members")


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & _UTF_8 else "ascii")
    except UnicodeDecodeError as error:
        shown = raw.decode(errors="backslashreplace")
        raise ValueError(f"the name `{shown}` is not marked as UTF-8, or is not") from error


def _zip64(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """Return the three numbers, those that did not fit replaced from the field in *extra*."""
    if _MAX_32 not in (size, compressed, offset):
        return size, compressed, offset
    for kind, content in _fields(extra):
        if kind == _EXTRA_ZIP64:
            wide = [
                int.from_bytes(content[at : at + 8], "little")
                for at in range(0, len(content) - 7, 8)
            ]
            if len(wide) < (size, compressed, offset).count(_MAX_32):
                break
            return (
                wide.pop(0) if size == _MAX_32 else size,
                wide.pop(0) if compressed == _MAX_32 else compressed,
                wide.pop(0) if offset == _MAX_32 else offset,
            )
    raise ValueError("a zip64 field is missing")


def _check_extra(extra: bytes, raw_name: bytes, name: str) -> None:
    for kind, content in _fields(extra):
        # Some readers believe this second name, some do not.
        if kind == _EXTRA_UNICODE_PATH and content[5:] != raw_name:
            raise ValueError(f"the member `{name}` has two names")


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if at + 4 + size > len(extra):
            raise ValueError("an extra field is longer than it may be")
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _member(entry: _Entry, limit: int) -> Member:
    name = entry.name
    if entry.flags & (_ENCRYPTED | _PATCH):
        raise ValueError(f"`{name}` is encrypted")
    if entry.method not in (STORED, DEFLATED):
        raise ValueError(f"`{name}` is packed by method {entry.method}, wheels use 0 or 8")
    kind = entry.mode & _FORMAT
    if kind == _SYMLINK:
        raise ValueError(f"`{name}` is a symbolic link, which wheels cannot have")
    if kind not in (0, _DIRECTORY if name.endswith("/") else _REGULAR):
        raise ValueError(f"`{name}` is neither a file nor a directory")
    if name.endswith("/") and entry.size:
        raise ValueError(f"the directory `{name}` has content")
    if entry.method == STORED and entry.size != entry.compressed_size:
        raise ValueError(f"`{name}` has two sizes")
    if entry.offset + _LOCAL.size + len(name) + entry.compressed_size > limit:
        raise ValueError(f"`{name}` overlaps with what follows it")
    return Member(
        name,
        entry.method,
        entry.flags,
        entry.crc32,
        entry.compressed_size,
        entry.size,
        entry.offset,
        limit,
        bool(entry.mode & 0o111),
    )


def _check_size(members: Sequence[Member], size: int) -> None:
    inflated = sum(member.size for member in members)
    if inflated > _MOST_INFLATED_FREELY and inflated > size * _HIGHEST_RATIO:
        raise ValueError(f"its {size} bytes would become {inflated}")


def _check_paths(names: Sequence[str]) -> None:
    """Refuse names that are unsafe, that occur twice, or that are both file and directory."""
    files: set[str] = set()
    folders: set[str] = set()
    for name in names:
        path = name.removesuffix("/")
        if _BAD_PATH.search(path):
            raise ValueError(f"the name `{_visible(name)}` is not allowed in a wheel")
        _check_length(path)
        known = folders if path != name else files
        if path in known:
            raise ValueError(f"the member `{name}` is there twice")
        known.add(path)
    above = {path[:cut] for path in files if (cut := path.rfind("/")) > 0}
    while above:
        folders |= above
        above = {path[:cut] for path in above if (cut := path.rfind("/")) > 0} - folders
    both = folders & files
    if both:
        raise ValueError(f"`{min(both)}` is both a file and a directory")


def _check_length(path: str) -> None:
    if len(path) * 4 <= _LONGEST_PART:
        return
    if len(path.encode()) > _LONGEST_PATH or any(
        len(part.encode()) > _LONGEST_PART for part in _LONG_PART.findall(path)
    ):
        raise ValueError(f"the name `{path[:60]}…` is too long")


def _visible(name: str) -> str:
    return name.encode("unicode_escape").decode("ascii")
