"""
Walking through a tar of somebody else's from front to back, member by member.

Formats: Unix V7, POSIX ustar and PAX, star, GNU's long names, large numbers and sparse files. Where
readers disagree about what a header means, it is what Go's `archive/tar` makes of it, by which
engines unpack layers. Nothing is trusted: memory is bounded whatever a header says, names
that lead out of the root are made harmless, and all that is odd is told.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import msgspec
from isal import isal_zlib

from boxwright.image.tar import BLOCK, padding

PIECE = 1 << 18
"""How many bytes are read at once, which the caches of a processor hold well."""
MOST_OF_NAME = 4096
"""Bytes of a name; Linux takes no longer ones."""

_MOST_OF_EXTENDED = 1 << 20
"""Bytes of one extended header, as Go has it."""
_MOST_RECORDS = 2048
"""Records of one extended header."""
_MOST_OF_SPARSE = 1 << 43
"""Bytes that a sparse file may say it has; who says more lies."""
_MOST_REMEMBERED = 4096

_HEADER = struct.Struct("100s8s8s8s12s12s8sc100s8s80x155s8x4s")
_PLAIN = {b"0": "0", b"\0": "0", b"7": "0"}
_WITHOUT_CONTENT = {b"1": "1", b"2": "2", b"3": "3", b"4": "4", b"5": "5", b"6": "6"}
_EXTENDED = b"xgLK"
_KNOWN_KEYS = frozenset({b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime"})
_SPARSE = b"GNU.sparse."
_CAPABILITY = b"SCHILY.xattr.security.capability"
_ENDS = b"\0 "


class Header(msgspec.Struct, gc=False):
    """What a tar says of a member."""

    path: str
    """
    Relative to the root, without `.`, `..` and doubled `/`; empty for the root itself.

    Bytes that are no UTF-8 are written as `\\xff`.
    """
    kind: str
    """Its type flag: `0` to `6`."""
    mode: int
    uid: int
    gid: int
    mtime: int
    size: int
    """Bytes of a file's content, as whoever unpacks it gets them; 0 of everything else."""
    stored: int
    """Bytes of content that lie in the tar."""
    link: str
    """The target of a symbolic link as it stands there; of a hard link, a *path*."""
    capability: bool
    """Whether it carries file capabilities."""
    sparse: bool
    """Whether what lies in the tar is not the content itself but the parts that are not zeros."""


class Walk:
    """
    The members of the tar that *read* gives, up to so many bytes at a time, none at its end.

    `next` gives a header; its content may then be read with `take` and `pieces`, or is
    skipped. What *read* raises comes through; what was given until then holds.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._buffer = b""
        self._at = 0
        self._before = 0
        """How many bytes of the tar came before the buffer."""
        self._left = 0
        """Bytes of the current member's content that were not read yet."""
        self._padding = 0
        self._has_ended = False
        self._odd: dict[str, list[str | int]] = {}
        self._numbers: dict[bytes, int] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is odd, in clauses; one for each kind of oddity."""
        return tuple(
            f"{clause}, and {more:,} more like it" if more else str(clause)
            for clause, more in self._odd.values()
        )

    def note(self, kind: str, clause: str) -> None:
        """Have *clause* among the problems, or be counted where one of its *kind* is there."""
        known = self._odd.setdefault(kind, [clause, -1])
        known[1] = int(known[1]) + 1

    def next(self) -> Header | None:
        """Return the next member; None at the end, or where the tar goes on as none."""
        while True:
            if self._left or self._padding:
                self._skip()
            header = None if self._has_ended else self._next()
            # What is of an unknown kind was noted, and is skipped.
            if header is None or header.kind:
                return header

    def take(self, limit: int) -> bytes:
        """Return the next *limit* bytes of the content, or all that is left of it if less."""
        wanted = min(limit, self._left)
        if not self._fill(wanted):
            self._cut()
            wanted = len(self._buffer) - self._at
        else:
            self._left -= wanted
        self._at += wanted
        return self._buffer[self._at - wanted : self._at]

    def pieces(self) -> Iterator[bytes]:
        """Yield what is left of the content."""
        held = self._buffer[self._at : self._at + self._left]
        if held:
            self._at += len(held)
            self._left -= len(held)
            yield held
        while self._left:
            piece = self._read(PIECE)
            if not piece:
                self._cut()
                return
            self._before += len(self._buffer)
            self._buffer = piece
            self._at = min(len(piece), self._left)
            self._left -= self._at
            yield piece if self._at == len(piece) else piece[: self._at]

    @property
    def is_cut(self) -> bool:
        """Whether the tar ended within the content of the current member."""
        return "cut" in self._odd

    def finish(self) -> None:
        """Read to the end of what there is, whether it is tar or not."""
        held = self._buffer[self._at :] or self._read(PIECE)
        ignored = 0
        while held:
            if held.count(0) != len(held):
                ignored += len(held)
            held = self._read(PIECE)
        if ignored and "header" not in self._odd:
            self.note("after", f"some {ignored:,} bytes come after its end")

    @property
    def _offset(self) -> int:
        return self._before + self._at

    def _next(self) -> Header | None:
        extended: dict[bytes, bytes] = {}
        while True:
            if not self._fill(BLOCK):
                self._end_without_mark(is_alone=bool(extended))
                return None
            buffer, at = self._buffer, self._at
            (
                name, mode, uid, gid, size_field, mtime, checksum, flag, link, magic, prefix, trailer,
            ) = _HEADER.unpack_from(buffer, at)  # fmt: skip
            total = (
                (isal_zlib.adler32(buffer[at : at + 256]) & 0xFFFF)
                + (isal_zlib.adler32(buffer[at + 256 : at + BLOCK]) & 0xFFFF)
                - 2
                - sum(checksum)
                + 256
            )
            if total != self._number(checksum) and not self._is_signed_sum(total, checksum):
                self._end(is_alone=bool(extended))
                return None
            size = self._number(size_field)
            if size is None or size < 0:
                self._damaged(f"no tar header at byte {self._offset:,}: its size is none")
                return None
            self._at += BLOCK
            if flag not in _EXTENDED:
                break
            if not self._extend(extended, flag, size):
                return None
        if magic[:6] == b"ustar\0" and prefix[0]:
            prefix = prefix[:131] if trailer == b"tar\0" else prefix
            name = prefix.partition(b"\0")[0] + b"/" + name
        return self._header(name, flag, link, (mode, uid, gid, mtime), size, extended)

    def _fill(self, size: int) -> bool:
        """Have the next *size* bytes lie in the buffer; False where there are fewer."""
        have = len(self._buffer) - self._at
        if have >= size:
            return True
        parts = [self._buffer[self._at :]]
        while have < size and (piece := self._read(max(PIECE, size - have))):
            parts.append(piece)
            have += len(piece)
        self._before += self._at
        self._buffer, self._at = b"".join(parts), 0
        return have >= size

    def _skip(self) -> None:
        if self._left:
            for _ in self.pieces():
                pass
        if self._has_ended:
            return
        if not self._fill(self._padding):
            self._cut()
        self._at += min(self._padding, len(self._buffer) - self._at)
        self._padding = 0

    def _cut(self) -> None:
        self._has_ended = True
        self._left = 0
        self.note(
            "cut", f"it ends within a member, after {self._before + len(self._buffer):,} bytes"
        )

    def _number(self, field: bytes) -> int | None:
        """Return the number in *field*, octal or in base 256; None where it is none."""
        known = self._numbers.get(field)
        if known is not None:
            return known
        if field[0] & 0x80:
            number = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
            if field[0] & 0x40:
                number -= 1 << (8 * len(field) - 1)
            if abs(number) >= 1 << 62:
                return None
        else:
            digits = field.strip(_ENDS).partition(b"\0")[0].rstrip(b" ")
            if digits.strip(b"01234567"):
                return None
            number = int(digits or b"0", 8)
        if len(self._numbers) >= _MOST_REMEMBERED:
            self._numbers.clear()
        self._numbers[field] = number
        return number

    def _is_signed_sum(self, total: int, checksum: bytes) -> bool:
        """Tell whether *checksum* is what old programs computed, to whom bytes have signs."""
        block = self._buffer[self._at : self._at + BLOCK]
        high = sum(byte > 127 for byte in block) - sum(byte > 127 for byte in checksum)
        return bool(high) and total - 256 * high == self._number(checksum)

    def _extend(self, extended: dict[bytes, bytes], flag: bytes, size: int) -> bool:
        """Take the extended header of *size* bytes that begins here; False where it is none."""
        start = self._offset - BLOCK
        if size > _MOST_OF_EXTENDED:
            self._damaged(f"an extended header of {size:,} bytes at byte {start:,}")
            return False
        if not self._fill(size + padding(size)):
            self._end_without_mark(is_alone=True)
            return False
        content = self._buffer[self._at : self._at + size]
        self._at += size + padding(size)
        if flag == b"L":
            extended[b"long name"] = content.partition(b"\0")[0]
        elif flag == b"K":
            extended[b"long link"] = content.partition(b"\0")[0]
        else:
            records = _pax_records(content)
            if records is None:
                self._damaged(f"an extended header at byte {start:,} that is none")
                return False
            if flag == b"x":
                longs = {key: extended[key] for key in _LONG if key in extended}
                extended.clear()
                extended.update(records | longs)
            elif records:
                self.note("global", "a global header, which engines ignore, changes its members")
        return True

    def _header(
        self,
        name: bytes,
        flag: bytes,
        link: bytes,
        numbers: tuple[bytes, bytes, bytes, bytes],
        size: int,
        extended: dict[bytes, bytes],
    ) -> Header | None:
        is_sparse = flag == b"S"
        real_size = self._old_sparse() if is_sparse else -1
        name, link = name.partition(b"\0")[0], link.partition(b"\0")[0]
        mode, uid, gid, mtime = map(self._known, numbers)
        if extended:
            name = extended.get(b"long name") or extended.get(b"path") or name
            link = extended.get(b"long link") or extended.get(b"linkpath") or link
            uid = self._decimal(extended, b"uid", uid)
            gid = self._decimal(extended, b"gid", gid)
            mtime = self._decimal(extended, b"mtime", mtime)
            if b"size" in extended:
                size = self._decimal(extended, b"size", -1)
                if size < 0:
                    self._damaged(f"a size at byte {self._offset - BLOCK:,} that is none")
                    return None
            if any(key.startswith(_SPARSE) for key in extended):
                is_sparse = True
                name = extended.get(b"GNU.sparse.name") or name
                for key in (b"GNU.sparse.size", b"GNU.sparse.realsize"):
                    real_size = self._decimal(extended, key, real_size)
        kind = _WITHOUT_CONTENT.get(flag)
        if kind is not None:
            size = 0
            is_sparse = False
        else:
            self._left, self._padding = size, padding(size)
            kind = _PLAIN.get(flag, "0" if is_sparse else "")
            if flag == b"\0" and name.endswith(b"/"):
                kind, is_sparse = "5", False
        path = self._clean(name)
        if not kind:
            shown_flag = ascii(flag.decode("latin-1"))[1:-1]
            self.note(
                f"type {shown_flag}",
                f"{shown(path)} is of the unknown type `{shown_flag}`, and was not looked at",
            )
        content_size = size if kind == "0" else 0
        if is_sparse:
            content_size = self._sparse_size(path, size, real_size)
        text_link = ""
        if kind == "1":
            text_link = self._clean(link)
        elif kind == "2":
            text_link = self._text(link)
        return Header(
            path, kind, mode & 0o7777, uid, gid, mtime, content_size, size, text_link,
            _CAPABILITY in extended, is_sparse,
        )  # fmt: skip

    def _known(self, field: bytes) -> int:
        number = self._number(field)
        if number is None:
            self.note("number", f"no number in a header before byte {self._offset:,}")
            return 0
        return number

    def _decimal(self, extended: dict[bytes, bytes], key: bytes, default: int) -> int:
        text = extended.get(key)
        if not text:
            return default
        whole, point, fraction = text.partition(b".")
        digits = whole.removeprefix(b"-")
        if not digits.isdigit() or len(digits) > 18 or (point and fraction.strip(b"0123456789")):
            self.note("number", f"no number in a header before byte {self._offset:,}")
            return default
        number = int(whole)
        return number - 1 if whole[:1] == b"-" and fraction.strip(b"0") else number

    def _old_sparse(self) -> int:
        """Return how many bytes GNU's sparse member has in truth, and skip the map of its parts."""
        block = self._buffer[self._at - BLOCK : self._at]
        is_extended = block[482]
        real_size = self._number(block[483:495])
        while is_extended:
            if not self._fill(BLOCK):
                self._cut()
                break
            is_extended = self._buffer[self._at + 504]
            self._at += BLOCK
        return -1 if real_size is None else real_size

    def _sparse_size(self, path: str, stored: int, real_size: int) -> int:
        if not 0 <= real_size <= _MOST_OF_SPARSE:
            self.note(
                "sparse lie",
                f"{shown(path)} is stored as a sparse file, and has not the size that it says",
            )
            return stored
        self.note(
            "sparse",
            f"{shown(path)} is stored as a sparse file, whose content was not looked at",
        )
        return real_size

    def _clean(self, raw: bytes) -> str:
        """Return the path that *raw* is, relative to the root and never outside of it."""
        if len(raw) > MOST_OF_NAME:
            self.note(
                "long", f"the name {shown(self._text(raw[:81]))} has {len(raw):,} bytes and was cut"
            )
            raw = raw[:MOST_OF_NAME]
        if raw[:2] == b"./":
            raw = raw[2:]
        text = self._text(raw).rstrip("/")
        if "//" not in text and "/." not in text and text[:1] not in ("/", ".", ""):
            return text
        parts: list[str] = []
        leads_out = raw[:1] == b"/"
        if leads_out:
            self.note("absolute", f"the name {shown(text)} begins at the root")
        for part in text.split("/"):
            if part == "..":
                if parts:
                    parts.pop()
                    self.note("dots", f"the name {shown(text)} has `..` in it")
                else:
                    self.note("out", f"the name {shown(text)} leads out of it")
            elif part not in ("", "."):
                parts.append(part)
        return "/".join(parts)

    def _text(self, raw: bytes) -> str:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode(errors="backslashreplace")
            self.note("bytes", f"the name {shown(text)} is no UTF-8")
        if "\0" in text:
            text = text.replace("\0", "\\x00")
            self.note("nul", f"the name {shown(text)} has a zero byte in it")
        return text

    def _end(self, *, is_alone: bool) -> None:
        """Tell the end of the tar from a header that is none."""
        block = self._buffer[self._at : self._at + BLOCK]
        if block.strip(b"\0"):
            self._damaged(f"no tar header at byte {self._offset:,}")
            return
        self._has_ended = True
        if is_alone:
            self.note("alone", "an extended header that nothing follows")
        self._at += BLOCK
        if not self._fill(BLOCK):
            self.note("mark", "only one empty block closes it")
        elif self._buffer[self._at : self._at + BLOCK].strip(b"\0"):
            self._damaged(f"no tar header at byte {self._offset:,}, after an empty block")
        else:
            self._at += BLOCK

    def _end_without_mark(self, *, is_alone: bool) -> None:
        self._has_ended = True
        rest = len(self._buffer) - self._at
        if rest or is_alone:
            self._cut()
            self._at = len(self._buffer)
        else:
            self.note("mark", "no empty blocks close it")

    def _damaged(self, clause: str) -> None:
        self._has_ended = True
        self._left = self._padding = 0
        self.note("header", f"{clause}; what follows was not looked at")


_LONG = (b"long name", b"long link")
"""What GNU's own headers say, which comes before what PAX says."""


def shown(name: str) -> str:
    r"""
    Return *name* in backticks, as it may be shown whatever is in it.

    >>> shown("a\nb")
    '`a\\nb`'
    """
    text = name if len(name) <= 80 else f"{name[:77]}..."
    if not text.isprintable():
        text = "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
        )
    return f"`{text}`"


def _pax_records(content: bytes) -> dict[bytes, bytes] | None:
    """Return those of the records in *content* that matter; None where it is something else."""
    records: dict[bytes, bytes] = {}
    at = number = 0
    while at < len(content):
        space = content.find(b" ", at, at + 9)
        digits = content[at:space] if space > 0 else b""
        if not digits.isdigit() or number == _MOST_RECORDS:
            return None
        end = at + int(digits)
        equals = content.find(b"=", space, end)
        if equals <= space + 1 or end > len(content) or content[end - 1 : end] != b"\n":
            return None
        key = content[space + 1 : equals]
        if key in _KNOWN_KEYS or key == _CAPABILITY or key.startswith(_SPARSE):
            value = content[equals + 1 : end - 1]
            # An empty value takes back what came before.
            if value or key == _CAPABILITY:
                records[key] = value
            else:
                records.pop(key, None)
        at = end
        number += 1
    return records
