"""Which data set a file is, by its first bytes, and what reads the rest of it."""

from __future__ import annotations

import json
import re
import struct
from collections import deque

from boxwright.scan.artifacts.found import ArtifactParser, Found, Known

LEAST_TEXT = 1 << 20
"""Bytes that a table of text has at least to be called a data set; likewise databases."""

_TEXTS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_RECORDS = re.compile(r"\.tfrecords?(\.|-|$)|\.tfrec$|-of-[0-9]{5}$|\.record$")
_BY_START = (
    (b"ARROW1\0\0", "arrow"),
    (b"FEA1", "feather"),
    (b"Obj\x01", "avro"),
    (b"ORC", "orc"),
    (b"MATLAB 5.0 MAT-file", "matlab"),
    (b"IxF", "faiss"),
    (b"IwF", "faiss"),
    (b"IwP", "faiss"),
    (b"IHN", "faiss"),
    (b"LANCE", "lance"),
)
_NO_DATA = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/mime/", "var/lib/dnf/")
"""Folders of databases that a system keeps about itself."""


def dataset_parser(name: str, size: int, start: bytes) -> ArtifactParser | None:
    """Return what reads the file *name* of *size* bytes, which begins with *start*, if data."""
    if start.startswith(b"PAR1") and size >= 12:
        return Parquet()
    for magic, kind in _BY_START:
        if start.startswith(magic) and size >= 64:
            return Known(_dataset(kind))
    suffix = name[name.rfind(".") :].lower()
    if suffix == ".arrow" and start.startswith(b"\xff\xff\xff\xff"):
        return Known(_dataset("arrow"))
    if start.startswith(b"SQLite format 3\0"):
        return _database(name, size, start)
    if start[8:12] == b"DUCK" and size >= LEAST_TEXT:
        return Known(_dataset("duckdb"))
    if start[16:20] == b"\xde\xc0\xef\xbe" and size >= 8192:
        return Known(_dataset("lmdb"))
    if start[:3] == b"\0\0\x08" and (found := _idx(size, start)) is not None:
        return Known(found)
    if start[4:8] == b"\0\0\0\0" and _RECORDS.search(name) and _is_record(size, start):
        return Known(_dataset("tfrecord"))
    if suffix in _TEXTS and size >= LEAST_TEXT:
        return text_table(_TEXTS[suffix], start)
    return None


def text_table(kind: str, start: bytes) -> ArtifactParser | None:
    """Return what reads a table of text, if *start* looks like one."""
    columns = _jsonl_fields(start) if kind == "jsonl" else _columns(kind, start)
    if not columns:
        return None
    found = _dataset(kind)
    found.tell("columns", columns)
    return Known(found)


def is_table(name: str) -> str:
    """
    Return which table of text a file is by its *name*.

    >>> is_table("data/train.csv"), is_table("a.py")
    ('csv', '')
    """
    return _TEXTS.get(name[name.rfind(".") :].lower(), "")


class Parquet:
    """An `ArtifactParser` for Parquet, whose description is at its end."""

    _MOST = 1 << 20
    is_over = False

    def __init__(self) -> None:
        self._tail: deque[bytes] = deque()
        self._size = 0

    def feed(self, piece: bytes) -> None:
        """Keep the last bytes."""
        self._tail.append(piece)
        self._size += len(piece)
        while self._size - len(self._tail[0]) >= self._MOST:
            self._size -= len(self._tail.popleft())

    def finish(self) -> Found | None:
        """Return the data set with its rows and columns."""
        tail = b"".join(self._tail)
        found = _dataset("parquet")
        if tail[-4:] != b"PAR1":
            found.tell("damaged", "its end is not a Parquet file's")
            return found
        length = int.from_bytes(tail[-8:-4], "little")
        if length + 8 > len(tail):
            found.tell("unread", f"its description of {length:,} bytes")
            return found
        try:
            rows, columns, maker = _file_metadata(tail[-8 - length : -8])
        except (IndexError, ValueError, RecursionError):
            found.tell("damaged", "its description cannot be read")
            return found
        found.tell("rows", rows)
        found.tell("columns", columns)
        found.tell("producer", maker)
        return found


def _dataset(kind: str) -> Found:
    return Found(role="dataset", format=kind)


def _database(name: str, size: int, start: bytes) -> ArtifactParser | None:
    if size < LEAST_TEXT or name.startswith(_NO_DATA):
        return None
    found = _dataset("sqlite")
    tables = re.findall(rb"CREATE TABLE ['\"`\[]?([A-Za-z_]\w{0,60})", start[:4096])
    found.tell("tables", ", ".join(table.decode() for table in tables[:10]))
    return Known(found)


def _idx(size: int, start: bytes) -> Found | None:
    """Return what a file in MNIST's format is, whose size follows from its header."""
    count = start[3]
    if not 0 < count <= 4 or len(start) < 4 + 4 * count:
        return None
    sizes = struct.unpack_from(f">{count}I", start, 4)
    content = 1
    for one in sizes:
        content *= one
    if content + 4 + 4 * count != size or not content:
        return None
    found = _dataset("idx")
    found.tell("shape", " x ".join(map(str, sizes)))
    return found


def _is_record(size: int, start: bytes) -> bool:
    """Tell whether *start* is of a TFRecord: a length, and its checksum."""
    length = int.from_bytes(start[:8], "little")
    if len(start) < 12 or length + 16 > size:
        return False
    crc = 0xFFFFFFFF
    for byte in start[:8]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return masked == int.from_bytes(start[8:12], "little")


def _columns(kind: str, start: bytes) -> int:
    """Return how many columns the first lines of a table agree on; 0 where they do not."""
    if b"\0" in start[:4096]:
        return 0
    lines = [line for line in start.split(b"\n")[:12] if line.strip()]
    lines = lines[:-1] if len(start) >= 1 << 16 and len(lines) > 3 else lines
    if len(lines) < 3:
        return 0
    for separator in (b"\t",) if kind == "tsv" else (b",", b";", b"\t", b"|"):
        counts = [line.count(separator) for line in lines]
        first = counts[0]
        agreeing = sum(count >= first for count in counts)
        if first and agreeing * 2 >= len(counts):
            return first + 1
    return 0


def _jsonl_fields(start: bytes) -> int:
    lines = start.split(b"\n", 3)
    if len(lines) < 2:
        return 1 if start.lstrip()[:1] == b"{" else 0
    try:
        first = json.loads(lines[0])
    except (ValueError, RecursionError):
        return 0
    return len(first) if isinstance(first, dict | list) else 0


def _file_metadata(content: bytes) -> tuple[int, int, str]:
    """Return rows, columns and maker of a FileMetaData (parquet.thrift) in the compact protocol."""
    reader = _Thrift(content)
    rows = columns = 0
    maker = ""
    for number, kind in reader.fields():
        if number == 2 and kind == 9:
            columns = reader.leaves()
        elif number == 3 and kind == 6:
            rows = reader.zigzag()
        elif number == 6 and kind == 8:
            maker = reader.binary().decode("utf-8", "replace")
        else:
            reader.skip(kind)
    return rows, columns, maker


class _Thrift:
    """Thrift's compact protocol, as far as it is needed; raises IndexError and ValueError."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._left = 500_000

    def fields(self) -> _Fields:
        return _Fields(self)

    def byte(self) -> int:
        self._left -= 1
        if self._left < 0:
            msg = "the description is too long"
            raise ValueError(msg)
        value = self._content[self._at]
        self._at += 1
        return value

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                msg = "a number is too long"
                raise ValueError(msg)

    def zigzag(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def binary(self) -> bytes:
        length = self.varint()
        if self._at + length > len(self._content):
            raise IndexError
        self._at += length
        return self._content[self._at - length : self._at]

    def leaves(self) -> int:
        """Return how many elements of a list of SchemaElement have no children of their own."""
        header = self.byte()
        count = header >> 4
        if count == 15:
            count = self.varint()
        leaves = 0
        for _ in range(count):
            children = 0
            for number, kind in self.fields():
                if number == 5 and kind == 5:
                    children = self.zigzag()
                else:
                    self.skip(kind)
            leaves += not children
        return leaves

    def skip(self, kind: int, depth: int = 0) -> None:
        if depth > 16:
            msg = "the description is too deep"
            raise ValueError(msg)
        if kind in (1, 2):
            return
        if kind == 3:
            self.byte()
        elif kind in (4, 5, 6):
            self.varint()
        elif kind == 7:
            self._at += 7
            self.byte()
        elif kind == 8:
            self.binary()
        elif kind in (9, 10):
            header = self.byte()
            count = header >> 4
            if count == 15:
                count = self.varint()
            for _ in range(count):
                self._skip_item(header & 15, depth)
        elif kind == 11:
            if count := self.varint():
                kinds = self.byte()
                for _ in range(count):
                    self._skip_item(kinds >> 4, depth)
                    self._skip_item(kinds & 15, depth)
        elif kind == 12:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        else:
            msg = "the description has a type that does not exist"
            raise ValueError(msg)

    def _skip_item(self, kind: int, depth: int) -> None:
        # A truth value is a byte of its own here.
        self.skip(3 if kind in (1, 2) else kind, depth + 1)


class _Fields:
    """The fields of a structure, each to be read or skipped before the next is asked for."""

    def __init__(self, reader: _Thrift) -> None:
        self._reader = reader
        self._number = 0

    def __iter__(self) -> _Fields:
        return self

    def __next__(self) -> tuple[int, int]:
        header = self._reader.byte()
        if not header:
            raise StopIteration
        if delta := header >> 4:
            self._number += delta
        else:
            self._number = self._reader.zigzag()
        return self._number, header & 15
