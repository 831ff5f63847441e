"""
Advisories that are kept on this machine: one SQLite file for each ecosystem.

    advisories/<Ecosystem>.sqlite     in the cache's folder; replaced as a whole, never changed
    records/advisories/<hex>          when an update last found it to be the newest there is

A file that is open stays what it was while another takes its place.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from boxwright.errors import StoreError
from boxwright.oci.digest import digest_of
from boxwright.scan.advisories.dates import days_since
from boxwright.scan.advisories.ecosystem import MATCHED, Target, normal_name
from boxwright.scan.advisories.record import Affected, Record
from boxwright.scan.advisories.source import Row
from boxwright.store.cache import Cache

FORMAT = 1
"""Raised whenever the files have another form, or other contents of the same records."""

TABLES = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE record (number INTEGER PRIMARY KEY, id TEXT UNIQUE, modified TEXT, head BLOB);
    CREATE TABLE affected (name TEXT, release TEXT, record INTEGER, entry BLOB);
"""
INDEXES = """
    CREATE INDEX affected_name ON affected (name, release);
    CREATE TABLE release AS SELECT release AS name, count(*) AS entries FROM affected GROUP BY 1;
"""

_PACKED = b"\1"
_PLAIN = b"\0"
_WORTH_PACKING = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An ecosystem whose advisories are here."""

    ecosystem: str
    path: Path
    records: int
    withdrawn: int
    """Records that were taken back; they are not among *records* and match nothing."""
    unread: int
    """Records of the export that could not be read."""
    newest: str
    """When its newest record was changed, RFC 3339."""
    confirmed: str
    """When an update last found that there is nothing newer; empty where none did."""
    source: str
    digest: str
    """Of the zip that it is from; empty where it is from several files."""
    size: int
    """Bytes of the file."""

    def age(self, now: datetime) -> float:
        """Return how many days old the data are at *now*, by the later of both dates."""
        return days_since(max(self.newest, self.confirmed), now)


class Database:
    """The advisories in *cache*; opened when they are first asked for. For one thread."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._folder = cache.root / "advisories"
        self._open: dict[str, sqlite3.Connection | None] = {}
        self._entries: dict[tuple[str, str, str], list[tuple[int, Affected]]] = {}
        self._heads: dict[tuple[str, int], Record] = {}

    def path_of(self, ecosystem: str) -> Path:
        """Return where the file of *ecosystem* is, or would be."""
        if ecosystem not in MATCHED:
            raise ValueError(ecosystem)
        return self._folder / f"{ecosystem}.sqlite"

    def kept(self) -> tuple[Kept, ...]:
        """Return what is here, by ecosystem."""
        found = (self.find(ecosystem) for ecosystem in MATCHED)
        return tuple(sorted((each for each in found if each), key=lambda each: each.ecosystem))

    def find(self, ecosystem: str) -> Kept | None:
        """Return what is here of *ecosystem*; None for nothing, or nothing that can be read."""
        connection = self._connection(ecosystem) if ecosystem in MATCHED else None
        if connection is None:
            return None
        path = self.path_of(ecosystem)
        try:
            meta = dict(connection.execute("SELECT key, value FROM meta"))
            size = path.stat().st_size
        except (sqlite3.Error, OSError):
            return None
        confirmed = self._cache.recall("advisories", digest_of(ecosystem.encode())) or {}
        same = confirmed.get("sha256") == meta.get("sha256")
        return Kept(
            ecosystem=ecosystem,
            path=path,
            records=_number(meta.get("records")),
            withdrawn=_number(meta.get("withdrawn")),
            unread=_number(meta.get("unread")),
            newest=meta.get("newest", ""),
            confirmed=str(confirmed.get("checked", "")) if same else "",
            source=meta.get("source", ""),
            digest=meta.get("sha256", ""),
            size=size,
        )

    def why_not(self, ecosystem: str, release: str) -> str:
        """Return why packages of *ecosystem* cannot be looked up, in a clause; empty if they can."""
        connection = self._connection(ecosystem)
        if connection is None:
            return f"the advisories of `{ecosystem}` are not on this machine"
        if not release:
            return ""
        query = "SELECT 1 FROM release WHERE name IN ('', ?) LIMIT 1"
        try:
            if connection.execute(query, (release,)).fetchall():
                return ""
        except sqlite3.Error as error:
            raise damaged(self.path_of(ecosystem)) from error
        return f"the advisories of `{ecosystem}` on this machine know no release `{release}`"

    def rows(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Row]]:
        """
        Yield the entries that name each of *targets*, whatever its version.

        Raises StoreError where a file is damaged.
        """
        for target in targets:
            try:
                yield from self._rows_of(target)
            except (sqlite3.Error, zlib.error, ValueError) as error:
                raise damaged(self.path_of(target.base)) from error

    def _rows_of(self, target: Target) -> Iterator[tuple[Target, Row]]:
        connection = self._connection(target.base)
        if connection is None:
            return
        key = (target.base, normal_name(target.base, target.name), target.release)
        if key not in self._entries:
            query = "SELECT record, entry FROM affected WHERE name = ? AND release IN ('', ?)"
            self._entries[key] = [
                (int(number), _unpacked(entry, Affected))
                for number, entry in connection.execute(query, key[1:])
            ]
        for number, affected in self._entries[key]:
            place = (target.base, number)
            if place not in self._heads:
                query = "SELECT head FROM record WHERE number = ?"
                [(head,)] = connection.execute(query, (number,))
                self._heads[place] = _unpacked(head, Record)
            yield target, Row(self._heads[place], affected)

    def dates(self) -> tuple[tuple[str, str], ...]:
        """Return the ecosystems that were asked for, each with the date of its data."""
        found = [self.find(name) for name, connection in self._open.items() if connection]
        return tuple(
            sorted((each.ecosystem, max(each.newest, each.confirmed)) for each in found if each)
        )

    def close(self) -> None:
        """Close all files."""
        for connection in self._open.values():
            if connection is not None:
                connection.close()
        for remembered in (self._open, self._entries, self._heads):
            remembered.clear()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connection(self, ecosystem: str) -> sqlite3.Connection | None:
        if ecosystem not in self._open:
            self._open[ecosystem] = None
            path = self.path_of(ecosystem) if ecosystem in MATCHED else None
            if path is not None and path.is_file():
                self._open[ecosystem] = _opened(path)
        return self._open[ecosystem]


def damaged(path: Path) -> StoreError:
    """Return the error that says that the file *path* is broken."""
    return StoreError(
        f"the advisories in `{path}` are damaged",
        hint=f"run `boxwright advisories update --ecosystem '{path.stem}'` or import them again",
    )


def _opened(path: Path) -> sqlite3.Connection | None:
    """Return a connection that only reads; None where the file is of another format."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    with contextlib.suppress(sqlite3.Error):
        rows = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchall()
        if rows == [(str(FORMAT),)]:
            return connection
    connection.close()
    return None


def packed(value: msgspec.Struct) -> bytes:
    """Return *value* as it is stored."""
    content = msgspec.msgpack.encode(value)
    if len(content) < _WORTH_PACKING:
        return _PLAIN + content
    return _PACKED + zlib.compress(content, 3)


_Stored = TypeVar("_Stored", Affected, Record)


def _unpacked(content: bytes, kind: type[_Stored]) -> _Stored:
    body = zlib.decompress(content[1:]) if content[:1] == _PACKED else content[1:]
    return msgspec.msgpack.decode(body, type=kind)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
