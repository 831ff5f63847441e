"""
Entries as tar headers, the same bytes every time.

POSIX ustar, and a PAX header in front only where a name or a number does not fit, as
image-spec's layer.md ("File Attributes") allows. No user or group names, no access times.
"""

from __future__ import annotations

from boxwright.image.entry import Entry, Kind

BLOCK = 512
END = bytes(2 * BLOCK)
"""What closes a tar."""

_MAX_OCTAL_SIZE = 8**11
_MAX_OCTAL_ID = 8**7


def header(entry: Entry) -> bytes:
    """Return the header block, or blocks, of *entry*."""
    # What is no UTF-8 on the disk comes as surrogates, and goes back to the same bytes.
    name = entry.path.encode(errors="surrogateescape")
    link = entry.link.encode(errors="surrogateescape")
    if entry.kind is Kind.DIRECTORY:
        name += b"/"
    prefix, base = _split(name)
    extended: dict[str, bytes] = {}
    if base is None:
        extended["path"] = name
        prefix, base = b"", name[:100]
    if len(link) > 100:
        extended["linkpath"] = link
        link = link[:100]
    size = entry.size if entry.kind is Kind.FILE else 0
    if size >= _MAX_OCTAL_SIZE:
        extended["size"] = b"%d" % size
        size = 0
    uid, gid = entry.uid, entry.gid
    if uid >= _MAX_OCTAL_ID:
        extended["uid"] = b"%d" % uid
        uid = 0
    if gid >= _MAX_OCTAL_ID:
        extended["gid"] = b"%d" % gid
        gid = 0
    block = _ustar(base, prefix, link, entry.mode, uid, gid, size, entry.mtime, entry.kind.value)
    if not extended:
        return block
    records = b"".join(_pax_record(key, value) for key, value in sorted(extended.items()))
    front = _ustar(b"@PaxHeader", b"", b"", 0o644, 0, 0, len(records), entry.mtime, "x")
    return front + records + bytes(padding(len(records))) + block


def padding(size: int) -> int:
    """
    Return how many zero bytes follow a content of *size* bytes.

    >>> padding(512), padding(513)
    (0, 511)
    """
    return -size % BLOCK


def _split(name: bytes) -> tuple[bytes, bytes | None]:
    """Return *name* as ustar's prefix (155 bytes) and name (100); None where it does not fit."""
    if len(name) <= 100:
        return b"", name
    at = name.rfind(b"/", 0, min(156, len(name) - 1))
    if at <= 0 or len(name) - at - 1 > 100:
        return b"", None
    return name[:at], name[at + 1 :]


def _ustar(
    name: bytes,
    prefix: bytes,
    link: bytes,
    mode: int,
    uid: int,
    gid: int,
    size: int,
    mtime: int,
    kind: str,
) -> bytes:
    block = (
        b"%-100b%07o\0%07o\0%07o\0%011o\0%011o\0        %b%-100bustar\x0000%64b%07o\0%07o\0%b"
        % (
            name.ljust(100, b"\0"),
            mode,
            uid,
            gid,
            size,
            mtime,
            kind.encode(),
            link.ljust(100, b"\0"),
            bytes(64),
            0,
            0,
            prefix.ljust(167, b"\0"),
        )
    )
    return b"%b%06o\0 %b" % (block[:148], sum(block), block[156:])


def _pax_record(key: str, value: bytes) -> bytes:
    """Return the record of *key*: its length (which counts itself), `key=value`, a newline."""
    rest = b" %b=%b\n" % (key.encode(), value)
    length = len(rest)
    while length != len(rest) + len(str(length)):
        length = len(rest) + len(str(length))
    return b"%d%b" % (length, rest)
