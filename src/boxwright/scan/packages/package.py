"""A package that an image says it has, and all of them together."""

from __future__ import annotations

import msgspec


class OwnedFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that a package says is its own."""

    path: str
    """As a member of a layer has it, with no leading `/`."""
    digest: str = ""
    """`sha256:…`, `md5:…` or `sha1:…` in hexadecimal digits; empty where the package has none."""


class Package(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A package."""

    type: str
    """As purl has it: `deb`, `apk`, `rpm`, `pypi`, `conda`, `npm`, `generic` (an interpreter)."""
    name: str
    """As its database has it; PyPI names are compared normalised."""
    version: str
    path: str
    """The file that tells of it."""
    architecture: str = ""
    source: str = ""
    """The source package that it was built from, where that has another name."""
    source_version: str = ""
    licences: tuple[str, ...] = ()
    """As declared: SPDX expressions where the package has them, else its own words."""
    supplier: str = ""
    homepage: str = ""
    requires: tuple[str, ...] = ()
    """Names of the packages that it says it needs, without versions; alternatives left out."""
    installer: str = ""
    """Who put it there, as it says itself: `pip`, `uv`, `conda`, `boxwright`, `debian`."""
    vendored_in: str = ""
    """The package whose files it is among, as a copy of its own; never counted as installed."""
    build: str = ""
    """conda's build string."""
    channel: str = ""
    """conda's channel, or the archive that a package of a distribution is from."""
    origin: str = ""
    """Where it was installed from if it is from no index, as `direct_url.json` says it."""
    digest: str = ""
    """`sha256:…` of the archive that it was installed from, where its database tells."""
    files: tuple[OwnedFile, ...] = ()


class Distribution(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What `etc/os-release` says."""

    id: str
    """`debian`, `ubuntu`, `alpine`, `fedora`, …"""
    version_id: str = ""
    """`12`, `24.04`, `3.20.3`; empty for Debian's testing."""
    name: str = ""
    """`Debian GNU/Linux 12 (bookworm)`."""
    codename: str = ""
    like: tuple[str, ...] = ()


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of an image."""

    packages: tuple[Package, ...] = ()
    """By type, name and path."""
    distribution: Distribution | None = None
    unread: tuple[str, ...] = ()
    """What could not be read, in clauses that name the file: nobody may take it for empty."""
