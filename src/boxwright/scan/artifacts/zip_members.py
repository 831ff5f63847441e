"""
What loading from a zip archive would run, found while the archive streams by.

Loaders go by the central directory at the end of an archive, which is not there yet when the
members come. So every local header (APPNOTE 4.3.7) is looked at, wherever one stands and
whatever its name, flags and checksum say, and the members' contents are known by their first
bytes. At the end the directory is compared: a member that it has elsewhere, or packed in
another way, is told of as one that could not be looked at.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from dataclasses import dataclass, field

from boxwright.scan.artifacts.arrays import Array
from boxwright.scan.artifacts.found import ArtifactParser, Found
from boxwright.scan.artifacts.keras_config import KerasConfig
from boxwright.scan.artifacts.needles import needle
from boxwright.scan.artifacts.pickle_files import PickleFile
from boxwright.scan.artifacts.unpack import CUT, Unpacker

_HEADER = struct.Struct("<4sHHHHHIIIHH")
_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_SIGNATURE = b"PK\x03\x04"
_PACKINGS = {8: "deflate", 12: "bzip2", 14: "zip-lzma", 93: "zstd"}
_MOST_OPEN = 64
"""Members that are looked at at once: headers inside of members make it more than one."""
_MOST_HEADERS = 100_000
_MOST_TAIL = 4 << 20
"""Of the end of an archive is kept, where its directory is."""
_DEEPEST = 3
_STEP = 1 << 14
_SNIFFED = 64
_PICKLED = (".pkl", ".pickle", ".npy")

HIDDEN = "a member whose two headers disagree"
"""What is said of a member that could not be looked at, since the archive lies about it."""


class Zip:
    """An `ArtifactParser` for zip archives; None comes of one that holds nothing that is loaded."""

    def __init__(self, *, depth: int = 0) -> None:
        self._depth = depth
        self._position = 0
        self._kept = b""
        self._open: list[_Member] = []
        self._seen: dict[int, tuple[int, int]] = {}
        """Offset of each local header → how it is packed, and its size, -1 where that is unsaid."""
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._names = _Names()
        self._looked: list[Found] = []
        self._doubts: list[tuple[str, str]] = []
        """Members that could not be looked at, with what is said of them."""
        self._problem = ""
        self._left_out = ""
        self._headers = 0

    is_over = False

    def feed(self, piece: bytes) -> None:
        """Look at the members in *piece*."""
        buffer = self._kept + piece if self._kept else piece
        start = self._position - len(self._kept)
        kept_from = max(len(buffer) - 3, 0)
        at = needle(_SIGNATURE).find(buffer) if self._headers < _MOST_HEADERS else -1
        while at >= 0:
            if not self._begin(buffer, at, start):
                kept_from = at
                break
            if self._headers >= _MOST_HEADERS:
                break
            at = needle(_SIGNATURE).find(buffer, at + 4)
        for member in list(self._open):
            if not member.feed(buffer[max(member.next - start, 0) :]):
                self._close(member)
        self._position += len(piece)
        self._kept = buffer[kept_from:]
        self._remember(piece)

    def finish(self) -> Found | None:
        """Return what the archive is by its members."""
        for member in list(self._open):
            self._close(member)
        self._compare()
        found = self._names.found()
        matters = any(it.role == "model" or it.dangerous or it.unknown for it in self._looked)
        matters = matters or any(name.endswith(_PICKLED) for name, _ in self._doubts)
        if found is None and not matters:
            return None
        if found is None:
            found = Found(role="model", format="zip")
        for it in self._looked:
            found.add(it)
        if any(it.details.get("dtype") == "object" for it in self._looked):
            found.tell("dtype", "object")
        doubts = [why for _, why in self._doubts]
        if self._left_out:
            doubts.append(self._left_out)
            found.tell("unread", self._left_out)
        found.add(Found(role="", format="", unknown=tuple(dict.fromkeys(doubts))))
        if self._problem:
            found.details.setdefault("damaged", self._problem)
        return found

    def _begin(self, buffer: bytes, at: int, start: int) -> bool:
        """Look at the local header at *at*; tell whether it is all there."""
        if at + _HEADER.size > len(buffer):
            return False
        self._headers += 1
        if self._headers >= _MOST_HEADERS:
            self._left_out = f"what follows the first {_MOST_HEADERS:,} members"
        fields = _HEADER.unpack_from(buffer, at)
        flags, method, packed = fields[2], fields[3], fields[7]
        name_size, extra_size = fields[9], fields[10]
        content = at + _HEADER.size + name_size + extra_size
        if not name_size:
            return True
        if content > len(buffer):
            return False
        name = buffer[at + _HEADER.size :][:name_size].decode("utf-8", "replace")
        extra = buffer[content - extra_size : content]
        size = _zip64(extra, packed) if packed == 0xFFFFFFFF else packed
        if flags & 8 and not packed:
            size = -1
        self._seen[start + at] = method, size
        self._names.add(name)
        if size and method and method not in _PACKINGS:
            self._doubts.append((name, f"the member `{_short(name)}`, which cannot be read"))
            return True
        if size == 0:
            return True
        if len(self._open) >= _MOST_OPEN:
            self._left_out = "members inside of members"
            return True
        member = _Member(name, method, size, start + content, self._depth)
        self._open.append(member)
        # Members of unsaid size are fed a little at a time: most prove to be of no interest.
        step = size if size >= 0 else _STEP
        while content < len(buffer):
            if not member.feed(buffer[content : content + step]):
                self._close(member)
                break
            content += step
        return True

    def _close(self, member: _Member) -> None:
        self._open.remove(member)
        found = member.finish()
        if found is not None:
            self._looked.append(found)

    def _remember(self, piece: bytes) -> None:
        self._tail.append(piece)
        self._tail_size += len(piece)
        while self._tail_size - len(self._tail[0]) >= _MOST_TAIL:
            self._tail_size -= len(self._tail.popleft())

    def _compare(self) -> None:
        """Tell of members that the central directory has where none was seen."""
        tail = b"".join(self._tail)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + _END.size > len(tail):
            self._problem = "the archive has no central directory"
            return
        size, offset = _END.unpack_from(tail, at)[5:7]
        end = at
        if (locator := tail.rfind(b"PK\x06\x07", max(at - 64, 0), at)) >= 0:
            record = tail.rfind(b"PK\x06\x06", 0, locator)
            if record >= 0 and record + 56 <= len(tail):
                size, offset = struct.unpack_from("<QQ", tail, record + 40)
                end = record
        begin = end - size
        if begin < 0:
            self._left_out = "a central directory that is not all there, or too large"
            return
        # Bytes before the archive move everything (zipfile's `concat`).
        moved = self._position - len(tail) + begin - offset
        for name, method, packed, header in _entries(tail[begin:end]):
            self._names.add(name)
            seen = self._seen.get(header + moved) or self._seen.get(header)
            is_same = seen is not None and seen[0] == method and seen[1] in (-1, packed)
            if packed and not is_same and len(self._doubts) < 20:
                self._problem = f"the two headers of `{_short(name)}` disagree"
                self._doubts.append((name, HIDDEN))


class _Member:
    """The content of one member as it comes."""

    def __init__(self, name: str, method: int, size: int, start: int, depth: int) -> None:
        self._name = name
        self._left = size
        self._depth = depth
        self._unpacker = Unpacker(_PACKINGS[method]) if method else None
        self._sniffed = b""
        self._parser: ArtifactParser | None = None
        self._is_known = False
        self._problem = ""
        self.next = start
        """Where in the archive its next bytes are."""

    def feed(self, piece: bytes) -> bool:
        """Take *piece*, which may go on beyond it; False where nothing more matters."""
        taken = piece if self._left < 0 else piece[: self._left]
        self.next += len(taken)
        if self._left > 0:
            self._left -= len(taken)
        try:
            if self._unpacker is None:
                self._take(taken)
            else:
                for content in self._unpacker.unpack(taken):
                    self._take(content)
                    if self._is_done:
                        return False
        except ValueError as error:
            self._problem = str(error)
            return False
        is_at_end = self._unpacker is not None and self._unpacker.is_over
        return not (self._left == 0 or is_at_end or self._is_done)

    @property
    def _is_done(self) -> bool:
        return self._is_known and (self._parser is None or self._parser.is_over)

    def finish(self) -> Found | None:
        """Return what its content is."""
        if not self._is_known:
            self._begin()
        found = None if self._parser is None else self._parser.finish()
        if found is not None and self._problem:
            found.details.setdefault("damaged", self._problem)
        if found is None and self._problem and self._name.endswith(_PICKLED):
            unread = f"the member `{_short(self._name)}`, which cannot be read"
            return Found(role="model", format="zip", unknown=(unread,))
        if found is not None and self._unpacker is not None and self._unpacker.is_cut:
            found.tell("unread", CUT)
            found.add(Found(role="", format="", unknown=(CUT,)))
        return found

    def _take(self, content: bytes) -> None:
        if not self._is_known:
            self._sniffed += content
            if len(self._sniffed) < _SNIFFED:
                return
            self._begin()
        elif self._parser is not None:
            self._parser.feed(content)

    def _begin(self) -> None:
        self._is_known = True
        start = self._sniffed
        self._parser = _parser(self._name, start, self._depth, is_packed=self._unpacker is not None)
        if self._parser is not None:
            self._parser.feed(start)
        self._sniffed = b""


def _parser(name: str, start: bytes, depth: int, *, is_packed: bool) -> ArtifactParser | None:
    if start.startswith(b"\x93NUMPY"):
        return Array()
    if is_packed and start.startswith(_SIGNATURE) and depth < _DEEPEST:
        return Zip(depth=depth + 1)
    if name.endswith("config.json") and start.lstrip()[:1] == b"{":
        return KerasConfig()
    if PickleFile.may_be(name, start):
        return PickleFile(name)
    return None


@dataclass(slots=True)
class _Names:
    """What the names of the members say that the archive is."""

    arrays: set[str] = field(default_factory=set)
    has_others: bool = False
    is_torch: bool = False
    is_script: bool = False
    is_exported: bool = False
    has_keras_config: bool = False
    has_keras_metadata: bool = False

    def add(self, name: str) -> None:
        if not name.endswith(".npy"):
            self.has_others = True
        elif len(self.arrays) < 10_000:
            self.arrays.add(name)
        folder, _, base = name.rpartition("/")
        if base == "data.pkl" and "/" not in folder:
            self.is_torch = True
        if re.match(r"[^/]+/(code/|constants\.pkl$)", name):
            self.is_script = True
        if base == "archive_format" or re.search(r"(^|/)models/[^/]+\.json$", name):
            self.is_exported = True
        if name == "config.json":
            self.has_keras_config = True
        if name in ("metadata.json", "model.weights.h5"):
            self.has_keras_metadata = True

    def found(self) -> Found | None:
        if self.is_torch:
            return Found(role="model", format="torchscript" if self.is_script else "pytorch")
        if self.is_exported:
            return Found(role="model", format="pytorch", details={"kind": "exported program"})
        if self.has_keras_config and self.has_keras_metadata:
            return Found(role="model", format="keras")
        if self.arrays and not self.has_others:
            return Found(role="dataset", format="npz", details={"arrays": str(len(self.arrays))})
        return None


def _short(name: str) -> str:
    return name.encode("unicode-escape").decode()[:100]


def _zip64(extra: bytes, packed: int) -> int:
    """Return the packed size that the ZIP64 field of *extra* has (APPNOTE 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1 and length >= 16 and at + 20 <= len(extra):
            return int.from_bytes(extra[at + 12 : at + 20], "little")
        at += 4 + length
    return packed


def _entries(directory: bytes) -> list[tuple[str, int, int, int]]:
    """Return name, method, packed size and offset of each entry of the central *directory*."""
    entries: list[tuple[str, int, int, int]] = []
    at = 0
    while at + _ENTRY.size <= len(directory) and len(entries) < _MOST_HEADERS:
        fields = _ENTRY.unpack_from(directory, at)
        if fields[0] != b"PK\x01\x02":
            break
        method, packed, unpacked = fields[4], fields[8], fields[9]
        name_size, extra_size, comment_size, header = *fields[10:13], fields[16]
        name = directory[at + _ENTRY.size :][:name_size].decode("utf-8", "replace")
        extra = directory[at + _ENTRY.size + name_size :][:extra_size]
        packed, header = _zip64_entry(extra, unpacked, packed, header)
        entries.append((name, method, packed, header))
        at += _ENTRY.size + name_size + extra_size + comment_size
    return entries


def _zip64_entry(extra: bytes, unpacked: int, packed: int, header: int) -> tuple[int, int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            values = [
                int.from_bytes(extra[at + 4 + n : at + 12 + n], "little")
                for n in range(0, length - 7, 8)
            ]
            if unpacked == 0xFFFFFFFF and values:
                values.pop(0)
            if packed == 0xFFFFFFFF and values:
                packed = values.pop(0)
            if header == 0xFFFFFFFF and values:
                header = values.pop(0)
        at += 4 + length
    return packed, header
