"""
Debian packages unpacked into the cache, once for each set of packages.

What is there can be packed into a layer, and the base's Python can be started from there
on the machine that builds. Nothing that a package has is followed or run.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import posixpath
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec

from boxwright.debian.control import parse_paragraphs
from boxwright.debian.deb import merged, read_control, read_members
from boxwright.debian.suite import triplet
from boxwright.errors import PackageError, StoreError
from boxwright.image.compression import TRANSFORM
from boxwright.image.elf import read_elf
from boxwright.image.entry import Entry, Kind
from boxwright.lock.model import LockedDeb
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of, hex_of
from boxwright.store.cache import Cache

_FORMAT = 1
_THREADS = 2
_CHUNK = 1 << 18
_LIST = "packages.json"
_ROOT = "root"
_DYNAMIC_MODULE = re.compile(r"usr/lib/python3\.[0-9]+/lib-dynload/[^/]+\.so")


class UnpackedEntry(msgspec.Struct, frozen=True):
    """What a package installs at *path*; a file's content is in the unpacked root."""

    path: str
    kind: str
    mode: int
    size: int = 0
    link: str = ""
    sha256: str = ""

    def entry(self) -> Entry:
        """Return it as a layer has it."""
        return Entry(self.path, Kind(self.kind), self.mode, self.size, self.link)


class UnpackedPackage(msgspec.Struct, frozen=True):
    """A package without what is left out of images."""

    name: str
    control: str
    md5sums: list[tuple[str, str]]
    """(path, md5) of the files that were kept."""
    entries: list[UnpackedEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Unpacked packages."""

    folder: Path
    packages: tuple[UnpackedPackage, ...]

    @property
    def root(self) -> Path:
        """Where the files are."""
        return self.folder / _ROOT

    def entries(self) -> dict[str, UnpackedEntry]:
        """Return what all packages install, by path and sorted by it."""
        found = {entry.path: entry for package in self.packages for entry in package.entries}
        return dict(sorted(found.items()))

    def content(self, entry: UnpackedEntry) -> Iterator[bytes]:
        """
        Yield the content of the file *entry*, in pieces.

        Raises StoreError where it is no longer what the package has.
        """
        path = self.root / entry.path
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
                    yield piece
        except OSError as error:
            raise self._damaged(path) from error
        if digest.hexdigest() != entry.sha256:
            raise self._damaged(path)

    def _damaged(self, path: Path) -> StoreError:
        return StoreError(
            f"`{path}` in the cache was changed or removed",
            hint=f"remove the folder `{self.folder}` and build again",
        )


def unpack(
    debs: Sequence[LockedDeb],
    fetch: Callable[[], Sequence[Path]],
    *,
    architecture: str,
    parts: Mapping[str, tuple[str, ...]],
    cache: Cache,
) -> Unpacked:
    """
    Return *debs* unpacked, whose files *fetch* gives where they are needed.

    Of the packages that *parts* names only what is below its folders is kept, and
    copyright files. Raises PackageError where a package is damaged, or two have a file
    of one name.
    """
    folder = cache.root / "unpacked" / hex_of(unpacked_key(debs, architecture, parts))
    found = _read(folder)
    if found is not None:
        return found
    with _temporary(cache) as temporary:
        root = temporary / _ROOT
        root.mkdir()
        kept = _Kept(architecture=architecture, parts=parts)
        with ThreadPoolExecutor(_THREADS) as pool:
            packages = list(
                pool.map(lambda deb, path: _unpack(deb, path, root, kept), debs, fetch())
            )
        _check_collisions(packages)
        packages = _without_useless(packages, root)
        for package in packages:
            for entry in package.entries:
                _link(entry, root)
        (temporary / _LIST).write_bytes(msgspec.json.encode(packages))
        folder.parent.mkdir(parents=True, exist_ok=True)
        if _read(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)
        # Whoever else unpacked the same in the meantime has the same.
        with contextlib.suppress(OSError):
            temporary.rename(folder)
    found = _read(folder)
    if found is None:
        raise StoreError(
            f"the packages cannot be unpacked to `{folder}`",
            hint="make room or set BOXWRIGHT_CACHE_DIR to a folder that can be written",
        )
    return found


def unpacked_key(
    debs: Sequence[LockedDeb], architecture: str, parts: Mapping[str, tuple[str, ...]]
) -> Digest:
    """Return what tells one set of unpacked packages from another."""
    return digest_of(
        canonical_json(
            {
                "format": _FORMAT,
                "transform": TRANSFORM,
                "architecture": architecture,
                "pruning": digest_of(_pruning_text().encode()),
                "parts": {name: list(paths) for name, paths in parts.items()},
                "debs": [deb.digest for deb in debs],
            }
        )
    )


def _read(folder: Path) -> Unpacked | None:
    try:
        packages = msgspec.json.decode(
            (folder / _LIST).read_bytes(), type=tuple[UnpackedPackage, ...]
        )
    except (OSError, msgspec.MsgspecError):
        return None
    return Unpacked(folder=folder, packages=packages)


@contextlib.contextmanager
def _temporary(cache: Cache) -> Iterator[Path]:
    parent = cache.root / "tmp"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise cache.writing_failed(error) from error


def _unpack(deb: LockedDeb, path: Path, root: Path, kept: _Kept) -> UnpackedPackage:
    """Write the files of *deb* below *root*, but no links."""
    control = read_control(path, name=deb.name)
    if (named := next(parse_paragraphs(control.text), {}).get("package")) != deb.name:
        raise PackageError(
            f"the Debian package `{deb.name}` says that it is `{named}`",
            hint="the lock is damaged; run `boxwright lock --upgrade`",
        )
    entries = []
    for entry, content in read_members(path, name=deb.name):
        if not kept.keeps(deb.name, entry):
            continue
        sha256 = ""
        target = root / entry.path
        if entry.kind is Kind.DIRECTORY:
            target.mkdir(parents=True, exist_ok=True)
        elif entry.kind is Kind.FILE:
            sha256 = _write(target, entry, content, deb)
        entries.append(
            UnpackedEntry(entry.path, entry.kind.value, entry.mode, entry.size, entry.link, sha256)
        )
    files = {entry.path for entry in entries if entry.kind == Kind.FILE.value}
    md5sums = [(merged(name), md5) for name, md5 in control.md5sums]
    return UnpackedPackage(
        name=deb.name,
        control=control.text,
        md5sums=sorted((name, md5) for name, md5 in md5sums if name in files),
        entries=entries,
    )


def _write(target: Path, entry: Entry, content: Iterator[bytes], deb: LockedDeb) -> str:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            for piece in content:
                digest.update(piece)
                file.write(piece)
    except FileExistsError as error:
        raise PackageError(
            f"the Debian package `{deb.name}` and another one both have `{entry.path}`"
        ) from error
    target.chmod(entry.mode)
    return digest.hexdigest()


def _check_collisions(packages: Sequence[UnpackedPackage]) -> None:
    """Refuse what would be written through another package's link, or over its file."""
    owners: dict[str, tuple[str, UnpackedEntry]] = {}
    for package in packages:
        for entry in package.entries:
            name, known = owners.setdefault(entry.path, (package.name, entry))
            if known is not entry and not (
                known.kind == entry.kind == Kind.DIRECTORY.value
                or (known.kind == entry.kind == Kind.SYMLINK.value and known.link == entry.link)
            ):
                raise PackageError(
                    f"the Debian packages `{name}` and `{package.name}` both have `{entry.path}`"
                )
    for path, (name, _) in owners.items():
        parent = posixpath.dirname(path)
        while parent:
            above = owners.get(parent)
            if above is not None and above[1].kind != Kind.DIRECTORY.value:
                raise PackageError(
                    f"the Debian package `{name}` has `{path}` below `{parent}`, which is a link "
                    f"or a file of `{above[0]}`"
                )
            parent = posixpath.dirname(parent)


def _without_useless(packages: Sequence[UnpackedPackage], root: Path) -> list[UnpackedPackage]:
    """
    Return *packages* without what cannot work.

    That is modules of Python whose libraries were left out, and links from one package's
    documentation to that of another that is not there.
    """
    paths = {entry.path for package in packages for entry in package.entries}
    libraries = {posixpath.basename(path) for path in paths if ".so" in path}
    useless = {
        entry.path
        for package in packages
        for entry in package.entries
        if _is_useless(entry, root, paths, libraries)
    }
    for path in useless:
        (root / path).unlink(missing_ok=True)
    return [
        UnpackedPackage(
            name=package.name,
            control=package.control,
            md5sums=[(path, md5) for path, md5 in package.md5sums if path not in useless],
            entries=[entry for entry in package.entries if entry.path not in useless],
        )
        for package in packages
    ]


def _is_useless(
    entry: UnpackedEntry, root: Path, paths: Collection[str], libraries: Collection[str]
) -> bool:
    if entry.kind == Kind.SYMLINK.value and entry.path.startswith("usr/share/doc/"):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.link))
        return not any(path == target or path.startswith(f"{target}/") for path in paths)
    if entry.kind == Kind.FILE.value and _DYNAMIC_MODULE.fullmatch(entry.path):
        try:
            elf = read_elf((root / entry.path).read_bytes())
        except ValueError:
            return True
        return elf is not None and not set(elf.needed) <= set(libraries)
    return False


def _link(entry: UnpackedEntry, root: Path) -> None:
    target = root / entry.path
    if entry.kind == Kind.HARDLINK.value:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.hardlink_to(root / entry.link)
    elif entry.kind == Kind.SYMLINK.value and not target.is_symlink():
        # Absolute targets are those of the image: here they would lead out of the root.
        link = entry.link
        if link.startswith("/"):
            link = os.path.relpath(merged(link.lstrip("/")) or ".", posixpath.dirname(entry.path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(link)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Which files of packages go into images."""

    architecture: str
    parts: Mapping[str, tuple[str, ...]]

    def keeps(self, package: str, entry: Entry) -> bool:
        """Tell whether *entry* of *package* is kept."""
        dropped, kept, kept_links = _patterns(self.architecture)
        if kept.fullmatch(entry.path):
            return True
        if entry.kind is Kind.SYMLINK and kept_links.fullmatch(entry.path):
            return True
        if f"{entry.path}/".startswith(dropped):
            return False
        part = self.parts.get(package)
        return part is None or entry.path.startswith(part)


@functools.cache
def _patterns(architecture: str) -> tuple[tuple[str, ...], re.Pattern[str], re.Pattern[str]]:
    patterns = tomllib.loads(_pruning_text())
    folders = (folder.format(triplet=triplet(architecture)) for folder in patterns["drop"])
    return (
        tuple(f"{folder}/" for folder in folders),
        re.compile("|".join(patterns["keep"])),
        re.compile("|".join(patterns["keep-links"])),
    )


@functools.cache
def _pruning_text() -> str:
    return resources.files(__package__).joinpath("pruning.toml").read_text("utf-8")
