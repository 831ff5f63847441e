"""Looks for credentials in every file of a layer: in text, in byte code and data, in archives."""

from __future__ import annotations

import codecs
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from boxwright.image.compression import DAMAGED
from boxwright.scan.incremental import PEEK, Incremental, Steps
from boxwright.scan.layer_index import SecretHit
from boxwright.scan.looker import Begun, Watch
from boxwright.scan.secret_forms import (
    AFTER,
    BEFORE,
    Found,
    Group,
    Patience,
    binary_group,
    find,
    text_group,
)

MOST_UNPACKED = 64 << 20
"""Bytes that one file may unpack to, all archives inside of it together, however small it is."""
MOST_UNPACKED_OF_LAYER = 200 << 20
_RATIO = 8
"""Bytes more that a file may unpack to for each of its own; texts are packed to a fifth."""
_MOST_GROWN = 1 << 30
"""Bytes more that one layer may unpack to, so that nobody waits for data sets."""
MOST_OF_A_KIND = 100
"""Credentials of one kind in one file that are told one by one."""
MOST_HITS = 10_000
_DEEPEST = 3
"""How many archives may be in each other."""
_MOST_BEGINNINGS = 400_000
"""Of credentials; ordinary files have one in a hundred kilobytes."""
_MOST_PROBLEMS = 20

_START = 8192
"""Bytes that tell what a file is; a NUL among them makes it no text, as Git has it."""
_PIECE = 1 << 16
_AT_ONCE = 1 << 18
"""Bytes that are gathered before they are looked at."""
_PROGRAMS = (
    b"\x7fELF", b"!<arch>\n", b"BC\xc0\xde", b"MZ", b"\0asm", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
)  # fmt: skip


class SecretLooker:
    """
    Looks for credentials in the files of one layer.

    Files of any size are looked at whole. With the same *key*, the same credential has the
    same fingerprint, from which nobody without it can tell what the credential is.
    """

    def __init__(self, key: bytes = b"boxwright") -> None:
        self._key = key
        self._hits: list[SecretHit] = []
        self._patience = Patience(_MOST_BEGINNINGS)
        self._room = _Room(MOST_UNPACKED_OF_LAYER)
        self._problems: list[str] = []
        self._unpacked_in_part: dict[str, None] = {}

    @property
    def hits(self) -> tuple[SecretHit, ...]:
        """What was found so far, by file and line."""
        return tuple(self._hits)

    @property
    def problems(self) -> list[str]:
        """What was not looked at, in clauses."""
        if not self._unpacked_in_part:
            return self._problems
        first, *others = self._unpacked_in_part
        more = f" and {len(others):,} more" if others else ""
        return [
            *self._problems,
            f"`{first}`{more} unpack{'' if others else 's'} to more than is looked into",
        ]

    def begin(self, file: Begun) -> Watch | None:
        """Return what looks at *file*; None where it is empty."""
        if not file.start:
            return None
        room = _Room(MOST_UNPACKED, self._room)
        watch = self.watch(file.path, file.start, room, 0)
        return _Growing(watch, room) if isinstance(watch, _Packed | _Archive) else watch

    def watch(self, path: str, start: bytes, room: _Room, depth: int) -> Watch:
        """Return what looks at the file at *path*, of which *start* are the first bytes."""
        start = start[:_START]
        if depth < _DEEPEST and (start[:2] in _MAGIC or _is_tar(start)):
            if start.startswith(_ZIP_MEMBER):
                return _Archive(self, path, _zip(self, path, room, depth))
            if _is_tar(start):
                return _Archive(self, path, _tar(self, path, room, depth))
            for packing in _PACKINGS:
                if start.startswith(packing.magic):
                    return _Packed(self, path, packing, room, depth)
        is_text = b"\0" not in start
        encoding = _wide_encoding(start) if start[:2] in _BOMS or not is_text else ""
        if encoding:
            return _Wide(_Look(self, path, text_group(path)), encoding)
        if is_text:
            return _Look(self, path, text_group(path))
        return self.look_at_bytes(path, start)

    def look_at_bytes(self, path: str, start: bytes = b"") -> Watch:
        """Return what looks at a file that is no text."""
        return _Look(self, path, binary_group(is_program=start.startswith(_PROGRAMS)))

    def find(self, path: str, text: bytes, group: Group, start: int, stop: int) -> list[Found]:
        """Return what is found in *text*, a part of the file at *path*."""
        if self._patience.left < 0:
            return []
        found = list(find(text, group, start, stop, self._patience))
        if self._patience.left < 0:
            self.tell(f"`{path}` and what comes after it have too much that looks like credentials")
        return found

    def add(self, path: str, line: int, found: Found, *, is_program: bool) -> None:
        """Take note of a credential."""
        # What is compiled in, and has no issuer's form, is mostly for a self-test.
        certain = found.form.certain and (found.form.stands_alone or not is_program)
        self._add(
            SecretHit(
                path,
                line,
                found.form.kind,
                found.redacted,
                self._fingerprint(found.secret),
                certain,
            )
        )

    def add_more(self, path: str, found: Found, count: int) -> None:
        """Take note of *count* more credentials of the kind of *found*."""
        fingerprint = self._fingerprint(f"{path}\0{found.form.kind}".encode("utf-8", "replace"))
        self._add(
            SecretHit(
                path, 0, found.form.kind, f"{count} more of them", fingerprint, found.form.certain
            )
        )

    def tell(self, problem: str) -> None:
        """Take note of what was not looked at."""
        if len(self._problems) < _MOST_PROBLEMS and problem not in self._problems:
            self._problems.append(problem)

    def tell_full(self, path: str) -> None:
        """Take note that there was no room for all that *path* unpacks to."""
        self._unpacked_in_part[path.partition("!")[0]] = None

    def _add(self, hit: SecretHit) -> None:
        if len(self._hits) < MOST_HITS:
            self._hits.append(hit)
        elif len(self._hits) == MOST_HITS:
            self._hits.append(hit)
            self.tell(f"it has more than {MOST_HITS:,} credentials, of which no more are told")

    def _fingerprint(self, secret: bytes) -> str:
        return blake2b(secret, key=self._key, digest_size=16).hexdigest()


class _Room:
    """How many more bytes may be unpacked."""

    def __init__(self, left: int, outer: _Room | None = None) -> None:
        self._left = left
        self._outer = outer
        self._grown = 0

    @property
    def left(self) -> int:
        return min(self._left, self._outer.left) if self._outer else self._left

    def grow(self, size: int) -> None:
        """Make room for what *size* bytes of a file may ordinarily unpack to."""
        more = min(size * _RATIO, _MOST_GROWN - self._grown)
        self._grown += more
        self._left += more
        if self._outer:
            self._outer.grow(size)

    def take(self, size: int) -> None:
        self._left -= size
        if self._outer:
            self._outer.take(size)


class _Look:
    """Looks at a file that is as it is."""

    __slots__ = (
        "_best",
        "_counts",
        "_from",
        "_group",
        "_lines",
        "_looker",
        "_path",
        "_size",
        "_waiting",
    )

    def __init__(self, looker: SecretLooker, path: str, group: Group) -> None:
        self._looker = looker
        self._path = path
        self._group = group
        self._waiting: list[bytes] = []
        self._size = 0
        self._from = 0
        self._lines = 1
        self._best: dict[bytes, tuple[int, Found]] | None = None
        self._counts: dict[str, int] = {}

    def feed(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._size += len(piece)
        if self._size >= _AT_ONCE:
            self._look(is_last=False)

    def close(self) -> None:
        self._look(is_last=True)
        if self._best is None:
            return
        told: dict[str, int] = {}
        for line, found in sorted(
            self._best.values(), key=lambda told: (told[0], told[1].form.rank)
        ):
            kind = found.form.kind
            told[kind] = told.get(kind, 0) + 1
            if told[kind] <= MOST_OF_A_KIND:
                is_program = self._group.is_program
                self._looker.add(self._path, line, found, is_program=is_program)
            elif self._counts.get(kind):
                self._looker.add_more(self._path, found, self._counts.pop(kind) - MOST_OF_A_KIND)

    def _look(self, *, is_last: bool) -> None:
        waiting = self._waiting
        text = waiting[0] if len(waiting) == 1 else b"".join(waiting)
        stop = len(text) if is_last else max(self._from, len(text) - AFTER)
        for found in self._looker.find(self._path, text, self._group, self._from, stop):
            self._add(found, text)
        if is_last:
            return
        cut = max(0, stop - BEFORE)
        if not self._group.is_binary:
            self._lines += text.count(b"\n", 0, cut)
        self._waiting = [text[cut:]]
        self._size = len(text) - cut
        self._from = stop - cut

    def _add(self, found: Found, text: bytes) -> None:
        if self._best is None:
            self._best = {}
        known = self._best.get(found.secret)
        if known is None:
            kind = found.form.kind
            self._counts[kind] = self._counts.get(kind, 0) + 1
            if self._counts[kind] > MOST_OF_A_KIND + 1:
                return
        elif found.form.rank >= known[1].form.rank:
            return
        line = 0
        if not self._group.is_binary:
            line = self._lines + text.count(b"\n", 0, found.at)
        self._best[found.secret] = (min(line, known[0]) if known else line, found)


_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Wide:
    """Looks at text in UTF-16."""

    def __init__(self, look: _Look, encoding: str) -> None:
        self._look = look
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def feed(self, piece: bytes) -> None:
        self._look.feed(self._decoder.decode(piece).encode("utf-8", "replace"))

    def close(self) -> None:
        self._look.close()


def _wide_encoding(start: bytes) -> str:
    """Return how the text that begins with *start* is encoded, if every other byte of it is 0."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = start[:128:2], start[1:128:2]
    if len(odd) < 8:
        return ""
    if not odd.strip(b"\0") and b"\0" not in even:
        return "utf-16-le"
    return "utf-16-be" if not even.strip(b"\0") and b"\0" not in odd else ""


# --- Archives


class _Growing:
    """Looks at an archive, which has the more room the larger it is."""

    def __init__(self, watch: Watch, room: _Room) -> None:
        self._watch = watch
        self._room = room

    def feed(self, piece: bytes) -> None:
        self._room.grow(len(piece))
        self._watch.feed(piece)

    def close(self) -> None:
        self._watch.close()


class _Member:
    """Looks at what is unpacked, once its first bytes tell what it is."""

    def __init__(self, begin: Callable[[bytes], Watch]) -> None:
        self._begin = begin
        self._start = b""
        self._watch: Watch | None = None

    def feed(self, piece: bytes) -> None:
        if self._watch is None:
            piece = self._start + piece
            if len(piece) < _START:
                self._start = piece
                return
            self._watch = self._begin(piece)
        self._watch.feed(piece)

    def close(self) -> None:
        if self._watch is None and self._start:
            self._watch = self._begin(self._start)
            self._watch.feed(self._start)
        if self._watch is not None:
            self._watch.close()


def _member(looker: SecretLooker, archive: str, name: str, room: _Room, depth: int) -> _Member:
    return _Member(lambda start: looker.watch(f"{archive}!{name}", start, room, depth + 1))


class _Unpacker(Protocol):
    """What unpacks a stream, as the standard library has it."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Packing:
    """How streams of one sort are unpacked."""

    magic: bytes
    ending: str
    make: Callable[[], tuple[_Unpacker, type[Exception]]]
    """Returns what unpacks, and what it raises where a stream is damaged."""
    costs: int = 1
    """How much room a byte takes: what is slow to unpack takes more."""


class _NoRoomError(Exception):
    """There is no more room for what an archive unpacks to."""


class _Unpacking:
    """Unpacks a stream into *member*, as long as there is room."""

    def __init__(self, packing: _Packing, member: _Member, room: _Room) -> None:
        self._unpacker, self._damaged = packing.make()
        self._costs = packing.costs
        self._member = member
        self._room = room

    @property
    def is_over(self) -> bool:
        return self._unpacker.eof

    def feed(self, packed: bytes) -> int:
        """Unpack *packed*, and return how much of it was of the stream."""
        pending = packed
        while not self._unpacker.eof:
            most = min(_PIECE, self._room.left // self._costs)
            if most <= 0:
                raise _NoRoomError
            try:
                content = self._unpacker.decompress(pending, most)
            except self._damaged as error:
                raise ValueError(str(error)) from error
            self._room.take(len(content) * self._costs)
            if content:
                self._member.feed(content)
            # zlib gives back what it had no room for, the others keep it.
            left: bytes = getattr(self._unpacker, "unconsumed_tail", b"")
            if not content and len(left) == len(pending) > 0:
                raise ValueError("it does not go on")
            pending = left
            if len(content) < most and not pending:
                break
        return len(packed) - len(self._unpacker.unused_data)


class _Packed:
    """Looks at what is in a compressed file, which may consist of several streams."""

    def __init__(
        self, looker: SecretLooker, path: str, packing: _Packing, room: _Room, depth: int
    ) -> None:
        self._looker = looker
        self._path = path
        self._packing = packing
        self._room = room
        self._depth = depth
        self._member = _Member(self._begin)
        self._unpacking = _Unpacking(packing, self._member, room)
        self._is_over = False

    def feed(self, piece: bytes) -> None:
        try:
            while piece and not self._is_over:
                if self._unpacking.is_over:
                    if not piece.startswith(self._packing.magic[:1]):
                        # What follows the last stream is padding, or no stream.
                        self._is_over = True
                        return
                    self._unpacking = _Unpacking(self._packing, self._member, self._room)
                piece = piece[self._unpacking.feed(piece) :]
        except _NoRoomError:
            self._is_over = True
            self._looker.tell_full(self._path)
        except ValueError:
            self._is_over = True
            self._looker.tell(_damaged(self._path))

    def close(self) -> None:
        if not (self._is_over or self._unpacking.is_over):
            self._looker.tell(_cut_short(self._path))
        self._member.close()

    def _begin(self, start: bytes) -> Watch:
        if _is_tar(start):
            return self._looker.watch(self._path, start, self._room, self._depth)
        name = self._path[max(self._path.rfind("/"), self._path.rfind("!")) + 1 :]
        inner = name.removesuffix(self._packing.ending)
        return self._looker.watch(f"{self._path}!{inner}", start, self._room, self._depth + 1)


class _Archive:
    """Looks at the members of an archive, and at what is behind its end as at any bytes."""

    def __init__(self, looker: SecretLooker, path: str, steps: Steps) -> None:
        self._looker = looker
        self._path = path
        self._steps = steps
        self._parser = Incremental(steps)
        self._rest: Watch | None = None

    def feed(self, piece: bytes) -> None:
        # In small pieces: steps that ask what there is are given a copy of the rest of one.
        for at in range(0, len(piece), _PIECE):
            self._feed(piece[at : at + _PIECE])

    def close(self) -> None:
        if self._rest is not None:
            self._rest.close()
            return
        if not self._parser.is_over:
            # What there is of the last member is looked at, as the steps end.
            self._steps.close()
            self._looker.tell(_cut_short(self._path))

    def _feed(self, piece: bytes) -> None:
        if self._rest is None:
            before = self._parser.taken
            try:
                self._parser.feed(piece)
            except ValueError:
                self._looker.tell(_damaged(self._path))
            if not self._parser.is_over:
                return
            self._rest = self._looker.look_at_bytes(self._path)
            piece = piece[max(0, self._parser.taken - before) :]
        self._rest.feed(piece)


def _zip(looker: SecretLooker, path: str, room: _Room, depth: int) -> Steps:
    """Read a zip from front to back, as far as its central directory (APPNOTE, 4.3)."""
    signature = yield 4
    while signature == _ZIP_MEMBER:
        header = yield 26
        flags, method = _number(header[2:4]), _number(header[4:6])
        packed, size = _number(header[14:18]), _number(header[18:22])
        name = yield _number(header[22:24])
        extra = yield _number(header[24:26])
        if _NO_NUMBER in {packed, size}:
            packed = _packed_size(extra, packed, has_size=size == _NO_NUMBER)
        member = _member(looker, path, name.decode("utf-8", "replace"), room, depth)
        is_known = not flags & _SIZE_FOLLOWS or packed > 0
        try:
            if flags & _ENCRYPTED or method not in {_STORED, _DEFLATED}:
                if not is_known:
                    return
                yield -packed
            elif method == _DEFLATED:
                yield from _inflated(looker, path, member, room, packed if is_known else None)
            elif is_known:
                yield from _fed(member, packed)
            else:
                return
        finally:
            member.close()
        signature = yield 4
        # A descriptor follows what had no size before it, of a length that nothing tells.
        for _ in range(_LONGEST_DESCRIPTOR if flags & _SIZE_FOLLOWS else 0):
            if signature in {_ZIP_MEMBER, _ZIP_DIRECTORY}:
                break
            signature = signature[1:] + (yield 1)


def _inflated(
    looker: SecretLooker, path: str, member: _Member, room: _Room, packed: int | None
) -> Steps:
    """Inflate a member of *packed* bytes, or to its end."""
    unpacking = _Unpacking(_DEFLATE, member, room)
    try:
        while not unpacking.is_over and packed != 0:
            if packed is None:
                piece = yield PEEK
                if piece:
                    yield -(unpacking.feed(piece))
                else:
                    # Nothing is there yet: the next byte is had by asking for it.
                    unpacking.feed((yield 1))
            else:
                piece = yield min(packed, _PIECE)
                packed -= len(piece)
                unpacking.feed(piece)
    except _NoRoomError:
        looker.tell_full(path)
        if packed is None:
            raise ValueError("its size is not known") from None
    except ValueError:
        if packed is None:
            raise
        looker.tell(_damaged(path))
    yield -(packed or 0)


def _tar(looker: SecretLooker, path: str, room: _Room, depth: int) -> Steps:
    """Read a tar, of which only names and contents matter."""
    longer = b""
    while True:
        header = yield _BLOCK
        if not _is_tar(header):
            return
        kind, size = header[156:157], _tar_size(header[124:136])
        padding = -size % _BLOCK
        if kind in {b"L", b"x"} and 0 < size <= _LONGEST_NAME:
            record = yield size
            yield -padding
            longer = record.rstrip(b"\0") if kind == b"L" else _pax_path(record) or longer
        elif kind in {b"0", b"7", b"\0"}:
            name = longer or _tar_name(header)
            longer = b""
            inner = name.decode("utf-8", "replace").removeprefix("./")
            member = _member(looker, path, inner, room, depth)
            try:
                yield from _fed(member, size)
            finally:
                member.close()
            yield -padding
        else:
            # Links and devices have no content, whatever size they have.
            yield 0 if kind in {b"1", b"2", b"3", b"4", b"6"} else -(size + padding)
            longer = longer if kind in {b"g", b"K", b"X"} else b""


def _fed(member: _Member, size: int) -> Steps:
    """Feed *member* the next *size* bytes."""
    while size:
        piece = yield min(size, _PIECE)
        size -= len(piece)
        member.feed(piece)


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _tar_size(field: bytes) -> int:
    if field[:1] >= b"\x80":
        return int.from_bytes(field[4:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def _tar_name(header: bytes) -> bytes:
    name, prefix = (field.partition(b"\0")[0] for field in (header[:100], header[345:500]))
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _pax_path(record: bytes) -> bytes:
    for line in record.split(b"\n"):
        key, _, value = line.partition(b" ")[2].partition(b"=")
        if key == b"path":
            return value
    return b""


def _number(field: bytes) -> int:
    return int.from_bytes(field, "little")


def _packed_size(extra: bytes, packed: int, *, has_size: bool) -> int:
    """Return the packed size of a large member (APPNOTE, 4.5.3)."""
    while len(extra) >= 4:
        kind, length = _number(extra[:2]), _number(extra[2:4])
        if kind == 1:
            return _number(extra[12:20] if has_size else extra[4:12])
        extra = extra[4 + length :]
    return packed


def _inflater(window: int) -> tuple[_Unpacker, type[Exception]]:
    from isal import isal_zlib

    unpacker: _Unpacker = isal_zlib.decompressobj(window)
    return unpacker, DAMAGED


def _bzip2() -> tuple[_Unpacker, type[Exception]]:
    from bz2 import BZ2Decompressor

    return BZ2Decompressor(), OSError


def _xz() -> tuple[_Unpacker, type[Exception]]:
    from lzma import LZMADecompressor, LZMAError

    return LZMADecompressor(memlimit=_UNPACKING_MEMORY), LZMAError


def _zstd() -> tuple[_Unpacker, type[Exception]]:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    zstd = importlib.import_module(name)
    longest = {zstd.DecompressionParameter.window_log_max: _UNPACKING_MEMORY.bit_length() - 1}
    unpacker: _Unpacker = zstd.ZstdDecompressor(options=longest)
    damaged: type[Exception] = zstd.ZstdError
    return unpacker, damaged


def _damaged(path: str) -> str:
    return f"`{path}` is damaged, and was looked into up to the damage"


def _cut_short(path: str) -> str:
    return f"`{path}` is cut short, and was looked into as far as it goes"


_BLOCK = 512
_LONGEST_NAME = 1 << 16
_LONGEST_DESCRIPTOR = 24
_UNPACKING_MEMORY = 1 << 26
_ZIP_MEMBER, _ZIP_DIRECTORY = b"PK\x03\x04", b"PK\x01\x02"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZE_FOLLOWS = 1, 8
_NO_NUMBER = 0xFFFFFFFF
_DEFLATE = _Packing(b"", "", lambda: _inflater(-15))
_PACKINGS = (
    _Packing(b"\x1f\x8b\x08", ".gz", lambda: _inflater(31)),
    _Packing(b"BZh", ".bz2", _bzip2, 8),
    _Packing(b"\xfd7zXZ\0", ".xz", _xz, 4),
    _Packing(b"\x28\xb5\x2f\xfd", ".zst", _zstd),
)
_MAGIC = frozenset(magic[:2] for magic in (_ZIP_MEMBER, *(packing.magic for packing in _PACKINGS)))
