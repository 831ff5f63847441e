"""
What `boxwright.lock` says: content by digest, never a host.

A lock holds one part for each platform. It is valid as long as *inputs*, the digest of
all that it was made from, is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.oci.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedDeb:
    """A Debian package: `path` is below the mirror's root (`pool/…`)."""

    name: str
    version: str
    architecture: str
    archive: str
    """`debian` or `debian-security`: which of the two roots holds it."""
    path: str
    digest: Digest
    size: int
    role: str
    """`base`, or `system` for what the wheels' libraries need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSource:
    """
    What a wheel has to be built from, because nobody publishes it as a wheel.

    *kind* is `sdist` (*file* and *digest* of the archive), `vcs` (*location* as
    `git+https://…`, *revision* the commit) or `directory` (*location* relative to the
    project, built again when its files change).
    """

    kind: str
    file: str = ""
    digest: Digest | None = None
    size: int = 0
    location: str = ""
    revision: str = ""
    subdirectory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedWheel:
    """A Python distribution; *file*, *digest* and *size* are empty where it is built here."""

    name: str
    """Normalised (PEP 503)."""
    version: str
    file: str = ""
    digest: Digest | None = None
    size: int = 0
    source: LockedSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLock:
    """All that goes into the image of one platform, the project's own files aside."""

    platform: str
    """`linux/amd64`."""
    suite: str
    """`trixie` or `bookworm`."""
    variant: str
    """`distroless` or `slim`."""
    python: str
    """The interpreter's minor version: `3.13`."""
    debs: tuple[LockedDeb, ...]
    wheels: tuple[LockedWheel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The whole of `boxwright.lock`."""

    inputs: Digest
    platforms: tuple[PlatformLock, ...]
    helpers: tuple[PlatformLock, ...] = ()
    """Bases of machines that build for other platforms: their Python makes the byte code."""

    def part(self, platform: str) -> PlatformLock:
        """Return what goes into the image of *platform*, which is in the lock."""
        return next(part for part in self.platforms if part.platform == platform)
