"""Which shared libraries Debian packages have, and what those need in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from boxwright.debian.deb import read_members
from boxwright.errors import PackageError
from boxwright.image.elf import MAGIC, read_elf
from boxwright.image.entry import Kind
from boxwright.lock.model import LockedDeb
from boxwright.oci.digest import digest_of
from boxwright.store.cache import Cache

_FORMAT = 1


class _File(msgspec.Struct, frozen=True):
    """An ELF file, or a link that has the name of a library."""

    path: str
    needed: list[str] = []
    defines: list[str] = []
    link: str = ""


class PackageLibraries(msgspec.Struct, frozen=True):
    """The ELF files of one package, by their paths."""

    files: list[_File]

    def needed(self, folder: str = "") -> list[str]:
        """
        Return what the files right in *folder* need of other packages; of all, if it is empty.

        Plug-ins are elsewhere, and opened by programs that ask for them; but libraries of
        the package that lie elsewhere and are needed on the way are followed.
        """
        by_name: dict[str, list[_File]] = {}
        for file in self.files:
            by_name.setdefault(_name(file.path), []).append(file)
        queue = [
            _name(file.path)
            for file in self.files
            if not folder or file.path.rpartition("/")[0] == folder
        ]
        seen = set(queue)
        result: dict[str, None] = {}
        while queue:
            for file in by_name.get(queue.pop(), ()):
                for name in [*file.needed, *([_name(file.link)] if file.link else [])]:
                    if name in by_name:
                        if name not in seen:
                            seen.add(name)
                            queue.append(name)
                    else:
                        result.setdefault(name)
        return sorted(result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Libraries:
    """The libraries that several packages have together."""

    names: frozenset[str] = frozenset()
    defined: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """(library, symbol versions) of the libraries that define any."""

    def __contains__(self, library: str) -> bool:
        return library in self.names

    def with_package(self, package: PackageLibraries) -> Libraries:
        """Return these and the libraries of *package*."""
        return Libraries(
            names=self.names | {_name(file.path) for file in package.files},
            defined=(
                *self.defined,
                *(
                    (_name(file.path), tuple(file.defines))
                    for file in package.files
                    if file.defines
                ),
            ),
        )

    def newest_version(self, library: str, family: str) -> tuple[int, ...] | None:
        """Return the highest symbol version of *family* that *library* defines."""
        # `libstdc++.so.6` is a link to the file that defines the versions.
        versions = [
            tuple(map(int, number.split(".")))
            for name, defined in self.defined
            if name == library or name.startswith(f"{library}.")
            for version in defined
            for head, _, number in [version.partition("_")]
            if head == family and number.replace(".", "").isdigit()
        ]
        return max(versions, default=None)


def read_libraries(path: Path, deb: LockedDeb, cache: Cache) -> PackageLibraries:
    """Return the libraries of *deb*, whose file is *path*; read once and then remembered."""
    key = digest_of(f"libraries {_FORMAT} {deb.digest}".encode())
    record = cache.recall("archive", key)
    if record is not None:
        try:
            return msgspec.convert(record, PackageLibraries)
        except msgspec.ValidationError:
            pass
    libraries = PackageLibraries(files=list(_files(path, deb)))
    cache.remember("archive", key, msgspec.to_builtins(libraries))
    return libraries


def _files(path: Path, deb: LockedDeb) -> Iterable[_File]:
    for entry, content in read_members(path, name=deb.name):
        if entry.kind is Kind.SYMLINK and ".so" in _name(entry.path):
            yield _File(path=entry.path, link=entry.link)
        elif entry.kind is Kind.FILE and entry.size > len(MAGIC):
            first = next(content, b"")
            if first[: len(MAGIC)] != MAGIC:
                continue
            try:
                elf = read_elf(b"".join((first, *content)))
            except ValueError as error:
                raise PackageError(
                    f"the Debian package `{deb.name}` has a damaged file, `{entry.path}`: {error}"
                ) from error
            if elf is not None:
                yield _File(
                    path=entry.path,
                    needed=list(elf.needed),
                    defines=list(elf.versions_defined),
                )


def _name(path: str) -> str:
    return path.rpartition("/")[2]
