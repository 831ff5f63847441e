"""
Packages indexes: what an archive offers, in a form that is fast to look things up in.

An index of a suite is 50 MB of text about 60 000 packages, of which a build needs fifty.
It is read once into a compact form (MessagePack: a map of names to packages that are
decoded only when they are asked for, and a map of what is provided by whom).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from boxwright.debian.version import version_key
from boxwright.errors import ArchiveError

FORMAT = 1
"""Raised when the compact form changes, so that an older one in the cache is not read."""

_FIELD = re.compile(
    rb"^(Package|Version|Architecture|Filename|Size|SHA256|Depends|Pre-Depends|Provides):[ \t]*"
    rb"(.*(?:\n[ \t].*)*)$",
    re.MULTILINE,
)


class Package(msgspec.Struct, frozen=True, array_like=True):
    """A package as an index describes it."""

    name: str
    version: str
    architecture: str
    path: str
    size: int
    sha256: str
    depends: str
    """Pre-Depends and Depends, as they are written."""
    provides: str


class _Compact(msgspec.Struct, frozen=True, array_like=True):
    packages: dict[str, msgspec.Raw]
    providers: dict[str, list[str]]


class PackageIndex:
    """The packages of one index, in its compact form."""

    def __init__(self, compact: bytes, *, origin: str) -> None:
        self.origin = origin
        """Which archive its paths are in: `debian` or `debian-security`."""
        try:
            decoded = msgspec.msgpack.decode(compact, type=_Compact)
        except msgspec.MsgspecError as error:
            msg = "this is no compact package index"
            raise ValueError(msg) from error
        self._packages = decoded.packages
        self._providers = decoded.providers

    def find(self, name: str) -> Package | None:
        """Return the package *name* in its newest version."""
        raw = self._packages.get(name)
        return None if raw is None else msgspec.msgpack.decode(raw, type=Package)

    def providers(self, name: str) -> Sequence[str]:
        """Return the packages that say that they provide *name*."""
        return self._providers.get(name, ())

    def names(self) -> Iterable[str]:
        """Return the names of all packages."""
        return self._packages


def compact(text: Iterable[bytes], *, what: str) -> bytes:
    """
    Return the compact form of the Packages file that comes in pieces as *text*.

    Raises ArchiveError where it is not such a file.
    """
    packages: dict[str, bytes] = {}
    versions: dict[str, str] = {}
    providers: dict[str, list[str]] = {}
    encode = msgspec.msgpack.Encoder().encode
    for paragraph in _paragraphs(text):
        if not paragraph.strip():
            continue
        package = _package(paragraph, what)
        known = versions.get(package.name)
        if known is not None and version_key(known) >= version_key(package.version):
            continue
        versions[package.name] = package.version
        packages[package.name] = encode(package)
        for name in _provided(package.provides):
            names = providers.setdefault(name, [])
            if package.name not in names:
                names.append(package.name)
    return encode(_Compact({name: msgspec.Raw(p) for name, p in packages.items()}, providers))


def _paragraphs(text: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in text:
        *whole, rest = (rest + piece).split(b"\n\n")
        yield from whole
    yield rest


def _package(paragraph: bytes, what: str) -> Package:
    fields = dict(_FIELD.findall(paragraph))
    try:
        depends = b", ".join(filter(None, (fields.get(b"Pre-Depends"), fields.get(b"Depends"))))
        return Package(
            name=fields[b"Package"].decode(),
            version=fields[b"Version"].decode(),
            architecture=fields[b"Architecture"].decode(),
            path=fields[b"Filename"].decode(),
            size=int(fields[b"Size"]),
            sha256=fields[b"SHA256"].decode(),
            depends=depends.decode(),
            provides=fields.get(b"Provides", b"").decode(),
        )
    except (KeyError, ValueError) as error:
        name = fields.get(b"Package", b"?").decode(errors="replace")
        raise ArchiveError(
            f"{what} describes the package `{name}` in a way that cannot be read"
        ) from error


def _provided(field: str) -> Iterator[str]:
    for part in field.split(","):
        name = part.partition("(")[0].strip()
        if name:
            yield name
