"""
Reading .deb files (deb(5)): an `ar` archive of two tars, the control files and the data.

Packages are read as a system with merged /usr has them: what is below /bin, /sbin, /lib
and /lib64 is below /usr (policy 10.1, "merged-usr"). Maintainer scripts are not even
looked at.
"""

from __future__ import annotations

import contextlib
import importlib
import lzma
import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from boxwright.debian.untar import RawMember, read_tar
from boxwright.errors import PackageError
from boxwright.image.entry import Entry, Kind

MERGED = ("bin", "lib", "lib64", "sbin")
"""Folders of the root that are links into /usr."""

_AR_MAGIC = b"!<arch>\n"
_MOST_MEMBERS = 8
_MOST_FILES = 200_000
_LARGEST_CONTROL = 1 << 24
_XZ_MEMORY = 1 << 28

_CHUNK = 1 << 18
_ALWAYS_ALLOWED = 1 << 26
_MOST_RATIO = 400
"""No package is packed better than this: what seems to be is a decompression bomb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What a package says of itself."""

    text: str
    """The control paragraph as it is in the package."""
    md5sums: tuple[tuple[str, str], ...]
    """(path, md5) of its files, the paths as in the package."""


def read_control(path: Path, *, name: str) -> Control:
    """Return the control files of the package *name* in the file *path*."""
    files: dict[str, bytes] = {}
    with _reading(path, name) as deb:
        for member, content in read_tar(deb.stream("control.tar")):
            base = member.path.removeprefix("./")
            if base in {"control", "md5sums"} and member.kind is Kind.FILE:
                if member.size > _LARGEST_CONTROL:
                    raise ValueError(f"its `{base}` is of unusual size")
                files[base] = b"".join(content)
        if "control" not in files:
            raise ValueError("it has no `control` file")
        return Control(
            text=files["control"].decode().rstrip("\n") + "\n",
            md5sums=tuple(_md5sums(files.get("md5sums", b"").decode())),
        )
    raise AssertionError


def read_members(path: Path, *, name: str) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """
    Yield what the package *name* in the file *path* installs, with each file's content.

    A content that is not read is passed over. Modes are 0755 or 0644 (what the image
    needs otherwise is not decided by packages), owners are root. Raises PackageError
    where the package is damaged or would write outside of the root or through a link.
    """
    with _reading(path, name) as deb:
        kinds: dict[str, Kind] = {}
        for raw, content in read_tar(deb.stream("data.tar")):
            entry = _entry(raw)
            if entry is None:
                continue
            if len(kinds) >= _MOST_FILES:
                raise ValueError(f"it has more than {_MOST_FILES} files")
            _check_place(entry, kinds)
            kinds[entry.path] = entry.kind
            yield entry, _guarded(content, name)


def merged(path: str) -> str:
    """
    Return where *path* is on a system with merged /usr.

    >>> merged("lib/x86_64-linux-gnu/libz.so.1"), merged("libexec/a")
    ('usr/lib/x86_64-linux-gnu/libz.so.1', 'libexec/a')
    """
    return f"usr/{path}" if path.partition("/")[0] in MERGED else path


def _entry(raw: RawMember) -> Entry | None:
    """Return *raw* with its path checked; None for the root and for the merged folders."""
    path = _checked(raw.path)
    if not path or path in MERGED:
        return None
    path = merged(path)
    match raw.kind:
        case Kind.FILE:
            return Entry(path, Kind.FILE, 0o755 if raw.mode & 0o111 else 0o644, raw.size)
        case Kind.DIRECTORY:
            return Entry(path, Kind.DIRECTORY, 0o755)
        case Kind.SYMLINK:
            return Entry(path, Kind.SYMLINK, 0o777, link=_checked_target(path, raw.link))
        case Kind.HARDLINK:
            return Entry(path, Kind.HARDLINK, 0o644, link=merged(_checked(raw.link)))


def _checked(path: str) -> str:
    """Return *path* as an entry has it, empty for the root."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\n" in path:
        raise ValueError(f"it has the path {path!r}, which leaves the root")
    return "/".join(parts)


def _checked_target(path: str, target: str) -> str:
    if not target or "\n" in target:
        raise ValueError(f"its link `{path}` has the target {target!r}")
    if not target.startswith("/"):
        depth = path.count("/")
        for part in posixpath.normpath(target).split("/"):
            depth += -1 if part == ".." else 1
            if depth < 0:
                raise ValueError(f"its link `{path}` leaves the root: {target!r}")
    return target


def _check_place(entry: Entry, kinds: dict[str, Kind]) -> None:
    known = kinds.get(entry.path)
    if known is not None and not known is entry.kind is Kind.DIRECTORY:
        raise ValueError(f"it has `{entry.path}` twice")
    parent = posixpath.dirname(entry.path)
    while parent:
        if kinds.get(parent, Kind.DIRECTORY) is not Kind.DIRECTORY:
            raise ValueError(f"it has `{entry.path}` below `{parent}`, which is no folder")
        parent = posixpath.dirname(parent)
    if entry.kind is Kind.HARDLINK and kinds.get(entry.link) is not Kind.FILE:
        raise ValueError(f"its hard link `{entry.path}` is to no file of the package")


def _md5sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        md5, _, path = line.partition("  ")
        if path:
            yield path, md5


@contextlib.contextmanager
def _reading(path: Path, name: str) -> Iterator[_Deb]:
    with _refusing(name), path.open("rb") as file:
        yield _Deb(file, path.stat().st_size)


def _guarded(content: Iterator[bytes], name: str) -> Iterator[bytes]:
    with _refusing(name):
        yield from content


@contextlib.contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what goes wrong while the package *name* is read into a PackageError."""
    try:
        yield
    except OSError as error:
        raise PackageError(
            f"the Debian package `{name}` cannot be read: {error.strerror or error}",
            hint="check the folder of the cache, or set BOXWRIGHT_CACHE_DIR to another",
        ) from error
    except (ValueError, lzma.LZMAError, zlib.error, EOFError, OverflowError) as error:
        reason = str(error) if isinstance(error, ValueError) else "its data is damaged"
        raise PackageError(
            f"the Debian package `{name}` cannot be used: {reason}",
            hint="it is damaged or made to do harm; lock it again from a mirror you trust",
        ) from error


class _Deb:
    """The members of an open .deb."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._sections: dict[str, tuple[int, int]] = {}
        if file.read(len(_AR_MAGIC)) != _AR_MAGIC:
            raise ValueError("it is no `ar` archive")
        at = len(_AR_MAGIC)
        while at < size and len(self._sections) < _MOST_MEMBERS:
            file.seek(at)
            header = file.read(60)
            if len(header) != 60 or header[58:] != b"`\n" or not header[48:58].strip().isdigit():
                raise ValueError("its `ar` archive is damaged")
            length = int(header[48:58])
            if at + 60 + length > size:
                raise ValueError("its `ar` archive is cut short")
            name = header[:16].decode("ascii", "replace").strip().removesuffix("/")
            self._sections.setdefault(name, (at + 60, length))
            at += 60 + length + length % 2
        start, length = self._sections.get("debian-binary", (0, 0))
        file.seek(start)
        if length > 64 or not file.read(length).startswith(b"2."):
            raise ValueError("it is not of the format 2.0")

    def stream(self, base: str) -> _Stream:
        """Return the member *base*, whatever it is packed with, unpacked."""
        for name, (start, length) in self._sections.items():
            stem, packing = (base, "") if name == base else _split(name)
            if stem == base:
                self._file.seek(start)
                pieces = _unpacked(_pieces(self._file, length), packing)
                return _Stream(pieces, limit=_ALWAYS_ALLOWED + _MOST_RATIO * length)
        raise ValueError(f"it has no `{base}`")


def _split(name: str) -> tuple[str, str]:
    stem, _, packing = name.rpartition(".")
    return stem, packing


class _Stream:
    """Pieces as a stream that ends at *limit* bytes, which an honest package never reaches."""

    def __init__(self, pieces: Iterator[bytes], limit: int) -> None:
        self._pieces = pieces
        self._left = limit
        self._piece = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes, fewer only at the end."""
        content = self._piece[self._at : self._at + size]
        self._at += len(content)
        if len(content) == size:
            return content
        parts = [content]
        missing = size - len(content)
        while missing and (piece := next(self._pieces, None)) is not None:
            self._left -= len(piece)
            if self._left < 0:
                raise ValueError("it unpacks to far more than an honest package does")
            self._piece, self._at = piece, min(missing, len(piece))
            parts.append(piece[:missing])
            missing -= self._at
        return b"".join(parts)


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size and (piece := file.read(min(_CHUNK, size))):
        size -= len(piece)
        yield piece


def _unpacked(packed: Iterator[bytes], packing: str) -> Iterator[bytes]:
    match packing:
        case "":
            return packed
        case "xz":
            return _lzma(packed, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))
        case "gz":
            return _gzip(packed)
        case "zst":
            return _zstd(packed)
        case _:
            raise ValueError(f"its data is packed as `{packing}`, which packages never are")


def _lzma(packed: Iterator[bytes], unpack: lzma.LZMADecompressor) -> Iterator[bytes]:
    for piece in packed:
        if unpack.eof:
            raise ValueError("its data goes on after its end")
        yield unpack.decompress(piece, _CHUNK)
        while not (unpack.needs_input or unpack.eof):
            yield unpack.decompress(b"", _CHUNK)
    if not unpack.eof or unpack.unused_data:
        raise ValueError("its data is cut short or goes on after its end")


def _gzip(packed: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(31)
    for piece in packed:
        rest = piece
        while rest and not unpack.eof:
            yield unpack.decompress(rest, _CHUNK)
            rest = unpack.unconsumed_tail
        if unpack.unused_data:
            raise ValueError("its data goes on after its end")
    yield unpack.flush()
    if not unpack.eof:
        raise ValueError("its data is cut short")


def _zstd(packed: Iterator[bytes]) -> Iterator[bytes]:
    # In the standard library since Python 3.14, with the interface of LZMADecompressor.
    try:
        decompressor = importlib.import_module("compression.zstd").ZstdDecompressor
    except ImportError:
        raise PackageError(
            "a Debian package is packed with zstd, which this Python cannot unpack",
            hint="run boxwright with Python 3.14 or newer; Debian's own packages use xz",
        ) from None
    return _lzma(packed, decompressor())
