"""
rpm's database: the headers of packages in a table of SQLite, from rpm 4.16 on.

Headers as rpm's own documentation has them (format/header.md); of the older kinds of database,
Berkeley DB and ndb, only their being there is told.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from contextlib import closing

from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import Unread, decoded, is_word, one_line, resolve

UNREAD_DATABASES = {
    "Packages": "is a Berkeley DB, which only rpm before 4.16 uses; its packages are not known",
    "Packages.db": "is a database of rpm's `ndb` kind, which is not read; its packages are not known",
}

_MOST_STEPS = 20_000
"""Thousands of SQLite's instructions; reading a row takes about ten."""
_MOST_PACKAGES = 50_000
_MOST_BYTES = 32 << 20
"""Of one header; a package with a hundred thousand files has about ten."""
_MOST_FILES = 500_000
"""Of one package."""
_MOST_VALUES = 3_000_000
"""Of all headers; a system with 100,000 files has half a million."""
_INTEGERS = {2: "B", 3: "H", 4: "I", 5: "Q"}
_STRINGS = frozenset([6, 8, 9])

_NAME, _VERSION, _RELEASE, _EPOCH, _VENDOR, _LICENCE, _URL, _ARCH = (
    1000, 1001, 1002, 1003, 1011, 1014, 1020, 1022,
)  # fmt: skip
_FILE_DIGESTS, _SOURCE, _PROVIDES, _REQUIRES = 1035, 1044, 1047, 1049
_FOLDER_OF_FILE, _FILES, _FOLDERS, _ALGORITHM, _FILE_MODES = 1116, 1117, 1118, 5011, 1030
_KINDS = {
    tag: frozenset(kinds)
    for kinds, tags in (
        (_STRINGS, (_NAME, _VERSION, _RELEASE, _VENDOR, _LICENCE, _URL, _ARCH, _SOURCE)),
        (_STRINGS, (_FILE_DIGESTS, _PROVIDES, _REQUIRES, _FILES, _FOLDERS)),
        (_INTEGERS, (_EPOCH, _FOLDER_OF_FILE, _ALGORITHM, _FILE_MODES)),
    )
    for tag in tags
}
_ALGORITHMS = {1: ("md5", 32), 2: ("sha1", 40), 8: ("sha256", 64), 9: ("sha384", 96)}
"""By rpm's numbers, which are OpenPGP's; md5 where none is given."""

_Value = list[str] | list[int]


class _NoHeaderError(Exception):
    """The bytes are no header; the message says why, in a clause."""


def read_rpm(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the packages that the database at *path*, `rpmdb.sqlite`, tells of."""
    headers: list[dict[int, _Value]] = []
    left = _MOST_VALUES
    for number, blob in _blobs(path, documents[path], unread):
        try:
            header = _header(blob)
        except _NoHeaderError as error:
            unread.append(f"`{path}`: entry {number} {error}")
            continue
        left -= sum(map(len, header.values()))
        if left < 0:
            unread.append(f"`{path}` tells of more than is read, from entry {number} on")
            break
        headers.append(header)
    needed = {need for header in headers for need in _texts(header, _REQUIRES)}
    provided: dict[str, str] = {}
    for header in headers:
        name = _text(header, _NAME)
        for capability in itertools.chain(_texts(header, _PROVIDES), _paths(header)):
            if capability in needed:
                provided.setdefault(capability, name)
    for header in headers:
        yield from _package(path, header, provided, documents, unread)


def read_manifest(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the packages of the table at *path* that Azure Linux has instead of a database."""
    for number, line in enumerate(decoded(documents[path]).splitlines(), 1):
        columns = line.split("\t")
        if len(columns) < 10 or not is_word(columns[0]) or not is_word(columns[1]):
            unread.append(f"`{path}`: line {number} is of no package")
            continue
        epoch = "" if columns[5] in ("(none)", "") else f"{columns[5]}:"
        source, source_version = _source(columns[9])
        yield Package(
            type="rpm",
            name=columns[0],
            version=epoch + columns[1],
            path=path,
            architecture=one_line(columns[7]),
            source=source if source != columns[0] else "",
            source_version=source_version if source_version != columns[1] else "",
            supplier=one_line(columns[4]),
        )


def _blobs(path: str, content: bytes, unread: Unread) -> Iterator[tuple[int, bytes]]:
    """Yield the headers in a database that may be hostile: only its plain table is read."""
    try:
        import sqlite3
    except ImportError:  # a Python that was compiled without it
        unread.append(f"`{path}` is a database of SQLite, which this Python cannot read")
        return
    if len(content) > 20:
        # A copy without its write-ahead log is read as one that never had any.
        content = content[:18] + b"\1\1" + content[20:]
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
            database.deserialize(content)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            steps = itertools.count()
            database.set_progress_handler(lambda: next(steps) > _MOST_STEPS, 1000)
            kind = database.execute(
                "SELECT type FROM sqlite_master WHERE name = 'Packages' AND sql NOT LIKE '%generated%'"
                " AND sql NOT LIKE '%virtual%'"
            ).fetchone()
            if kind != ("table",):
                unread.append(f"`{path}` has no table `Packages`")
                return
            rows = database.execute("SELECT hnum, blob FROM Packages ORDER BY hnum")
            read = 0
            for number, (key, blob) in enumerate(rows, 1):
                if not (isinstance(blob, bytes) and isinstance(key, int)):
                    unread.append(f"`{path}`: entry {number} is no header")
                    continue
                read += len(blob)
                if number > _MOST_PACKAGES or read > len(content):
                    unread.append(f"`{path}` tells of more than it can hold, from entry {key} on")
                    return
                yield key, blob
    except (sqlite3.Error, MemoryError, OverflowError, UnicodeError, AttributeError) as error:
        unread.append(f"`{path}` is no database that can be read: {one_line(str(error))}")


def _header(blob: bytes) -> dict[int, _Value]:
    if len(blob) < 8:
        raise _NoHeaderError("is too short for a header")
    entries, length = struct.unpack_from(">II", blob)
    start = 8 + 16 * entries
    if start + length > len(blob):
        raise _NoHeaderError("is shorter than its header says")
    data = memoryview(blob)[start : start + length]
    found: dict[int, _Value] = {}
    for at in range(8, start, 16):
        tag, kind, offset, count = struct.unpack_from(">IIII", blob, at)
        if kind not in _KINDS.get(tag, ()) or tag in found:
            continue
        if offset > length or count > length - offset:
            raise _NoHeaderError(f"has a value of tag {tag} outside of it")
        if count > _MOST_FILES:
            raise _NoHeaderError(f"has more than {_MOST_FILES:,} values of tag {tag}")
        if kind in _INTEGERS:
            code = f">{count}{_INTEGERS[kind]}"
            if struct.calcsize(code) > length - offset:
                raise _NoHeaderError(f"has a value of tag {tag} outside of it")
            found[tag] = list(struct.unpack_from(code, data, offset))
        else:
            found[tag] = _strings(data, offset, count if kind != 6 else 1)
    return found


def _strings(data: memoryview, offset: int, count: int) -> list[str]:
    return [
        text.decode("utf-8", "surrogateescape")
        for text in bytes(data[offset:]).split(b"\0", count)[:count]
    ]


def _package(
    path: str,
    header: dict[int, _Value],
    provided: dict[str, str],
    documents: Documents,
    unread: Unread,
) -> Iterator[Package]:
    name, version, release = (_text(header, tag) for tag in (_NAME, _VERSION, _RELEASE))
    if not is_word(name):
        unread.append(f"`{path}` has a package without a name")
        return
    if not (is_word(version) and is_word(release)):
        unread.append(f"`{path}`: `{name}` has no version")
        full = ""
    else:
        epoch = _numbers(header, _EPOCH)
        full = f"{epoch[0]}:{version}-{release}" if epoch else f"{version}-{release}"
    source, source_version = _source(_text(header, _SOURCE))
    licence = one_line(_text(header, _LICENCE))
    requires = resolve(([needed] for needed in _texts(header, _REQUIRES)), provided)
    yield Package(
        type="rpm",
        name=name,
        version=full,
        path=path,
        architecture=one_line(_text(header, _ARCH)),
        source=source if source != name else "",
        source_version=source_version if source_version != f"{version}-{release}" else "",
        licences=(licence,) if licence else (),
        supplier=one_line(_text(header, _VENDOR)),
        homepage=one_line(_text(header, _URL)),
        requires=tuple(needed for needed in requires if needed != name),
        files=documents.owned(_files(header)),
    )


def _source(name: str) -> tuple[str, str]:
    """
    Return the name and the version in the file name of a source package.

    >>> _source("glibc-2.34-83.el9.12.src.rpm")
    ('glibc', '2.34-83.el9.12')
    """
    stem = name.removesuffix(".rpm").rpartition(".")[0]
    parts = stem.rsplit("-", 2)
    if len(parts) != 3 or not is_word(stem):
        return "", ""
    return parts[0], f"{parts[1]}-{parts[2]}"


def _paths(header: dict[int, _Value]) -> Iterator[str]:
    folders = _texts(header, _FOLDERS)
    places = _numbers(header, _FOLDER_OF_FILE)
    names = _texts(header, _FILES)
    for name, place in zip(names, places, strict=False):
        yield (folders[place] if place < len(folders) else "/") + name


def _files(header: dict[int, _Value]) -> Iterator[tuple[str, str]]:
    digests, modes = _texts(header, _FILE_DIGESTS), _numbers(header, _FILE_MODES)
    number = _numbers(header, _ALGORITHM)
    algorithm, length = _ALGORITHMS.get(number[0] if number else 1, ("", 0))
    for at, path in enumerate(_paths(header)):
        if at < len(modes) and modes[at] & 0o170000 == 0o040000:
            continue
        digest = digests[at] if at < len(digests) else ""
        is_digest = algorithm and len(digest) == length
        yield path.lstrip("/"), f"{algorithm}:{digest}" if is_digest else ""


def _text(header: dict[int, _Value], tag: int) -> str:
    texts = _texts(header, tag)
    return texts[0] if texts else ""


def _texts(header: dict[int, _Value], tag: int) -> list[str]:
    return [value for value in header.get(tag, ()) if isinstance(value, str)]


def _numbers(header: dict[int, _Value], tag: int) -> list[int]:
    return [value for value in header.get(tag, ()) if isinstance(value, int)]
