"""
Reading the tars inside of .deb files, as a stream and with nothing taken on trust.

POSIX ustar with the extensions that dpkg-deb writes or accepts: GNU long names, PAX
headers. Stricter than `tarfile`, which takes a damaged header for the end of the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from boxwright.image.entry import Kind

_BLOCK = 512
_CHUNK = 1 << 18
_LONGEST_EXTENSION = 1 << 16
_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"5": Kind.DIRECTORY,
}
_REFUSED = {b"3": "a device", b"4": "a device", b"6": "a named pipe", b"S": "a sparse file"}


class Stream(Protocol):
    """Bytes that can be read once."""

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes, fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMember:
    """A member as the tar has it; *path* and *link* are untrusted."""

    path: str
    kind: Kind
    mode: int
    size: int
    link: str


def read_tar(stream: Stream) -> Iterator[tuple[RawMember, Iterator[bytes]]]:
    """
    Yield each member with its content, in pieces.

    What the caller does not read of a content is passed over. Raises ValueError where
    the tar is damaged, is cut short or has members of a kind that no package needs.
    """
    while True:
        block = stream.read(_BLOCK)
        if block == bytes(_BLOCK):
            return
        member = _member(stream, block)
        content = _content(stream, member.size)
        yield member, content
        for _ in content:
            pass


def _content(stream: Stream, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = stream.read(min(left, _CHUNK))
        if not piece:
            raise _damaged("ends in the middle of a file")
        left -= len(piece)
        yield piece
    _exactly(stream, -size % _BLOCK)


def _member(stream: Stream, block: bytes) -> RawMember:
    path = link = ""
    size: int | None = None
    # A long name, a long link and a PAX header may all precede a member.
    for _ in range(4):
        if len(block) != _BLOCK:
            raise _damaged("is cut short")
        if _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * 0x20:
            raise _damaged("has a header whose checksum is wrong")
        kind = block[156:157]
        if kind not in (b"L", b"K", b"x", b"g"):
            return _plain(block, kind, path, link, size)
        content = _extension(stream, _number(block[124:136]))
        if kind == b"L":
            path = _text(content)
        elif kind == b"K":
            link = _text(content)
        elif kind == b"x":
            records = _pax_records(content)
            path = records.get("path", path)
            link = records.get("linkpath", link)
            size = int(records["size"]) if "size" in records else size
            if any(name.startswith("GNU.sparse") for name in records):
                raise _damaged(f"has a sparse file, `{path}`")
        block = stream.read(_BLOCK)
    raise _damaged("has too many headers in front of a file")


def _plain(block: bytes, kind: bytes, path: str, link: str, size: int | None) -> RawMember:
    if not path:
        path = _text(block[:100])
        # GNU's own format ("ustar  ") keeps times where POSIX has the prefix.
        if block[257:263] == b"ustar\0" and block[345]:
            path = f"{_text(block[345:500])}/{path}"
    if kind not in _KINDS:
        raise _damaged(f"has {_REFUSED.get(kind, 'a member of unknown kind')}, `{path}`")
    if size is None:
        size = _number(block[124:136])
    is_file = _KINDS[kind] is Kind.FILE
    if size < 0 or (size and not is_file):
        raise _damaged(f"has a wrong size for `{path}`")
    return RawMember(
        path=path,
        kind=_KINDS[kind],
        mode=_number(block[100:108]),
        size=size,
        link=link or _text(block[157:257]),
    )


def _extension(stream: Stream, size: int) -> bytes:
    if not 0 <= size <= _LONGEST_EXTENSION:
        raise _damaged("has a header of unusual size")
    content = _exactly(stream, size)
    _exactly(stream, -size % _BLOCK)
    return content


def _pax_records(content: bytes) -> dict[str, str]:
    records = {}
    while content:
        digits, space, _ = content.partition(b" ")
        if not space or not digits.isdigit() or len(digits) > 6:
            raise _damaged("has a PAX header that cannot be read")
        record = content[len(digits) + 1 : int(digits)]
        if int(digits) > len(content) or not record.endswith(b"\n"):
            raise _damaged("has a PAX header that cannot be read")
        name, _, value = record[:-1].partition(b"=")
        records[name.decode()] = value.decode()
        content = content[int(digits) :]
    return records


def _exactly(stream: Stream, size: int) -> bytes:
    content = stream.read(size) if size else b""
    if len(content) != size:
        raise _damaged("is cut short")
    return content


def _text(field: bytes) -> str:
    try:
        return field.partition(b"\0")[0].decode()
    except UnicodeDecodeError as error:
        raise _damaged("has a name that is not UTF-8") from error


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        # GNU: a binary number where octal digits do not suffice.
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else -1
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise _damaged("has a header that cannot be read") from error


def _damaged(how: str) -> ValueError:
    return ValueError(f"its tar {how}")
