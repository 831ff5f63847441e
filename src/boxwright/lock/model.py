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
class LockedLayer:
    """A layer of an image that is the base."""

    digest: Digest
    size: int
    diff_id: Digest
    unpacked: int
    """Bytes of its tar."""
    media_type: str
    """As a manifest of OCI's has it."""
    created_by: str = ""
    """What the image's history says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPython:
    """The Python of an image that is the base; paths are relative to its root, links followed."""

    program: str
    """`usr/local/bin/python3.13`."""
    version: str = ""
    """`3.13.9`; empty where the image does not tell the release."""
    library: str = ""
    """The folder of the standard library; empty where there is none to be compiled."""
    shared: tuple[str, ...] = ()
    """The shared libraries that the program and its modules need, with the loader."""
    layers: tuple[int, ...] = ()
    """The layers that have any of these, counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedImage:
    """An image that is the base: its layers by digest, and what a build has to know of it."""

    name: str
    """As the project asks for it: `python:3.13-slim`."""
    digest: Digest
    """Of the manifest of the platform."""
    index: Digest | None = None
    """Of the index that the name stood for, if it was one."""
    layers: tuple[LockedLayer, ...]
    python: LockedPython
    glibc: str
    """`2.41`."""
    distribution: str = ""
    """`debian`, `ubuntu`: what its os-release says; the suite is the lock's."""
    release: str = ""
    """`13`, `24.04`."""
    env: tuple[str, ...] = ()
    """`NAME=value`, as its configuration has them."""
    user: str = ""
    working_dir: str = ""
    entrypoint: tuple[str, ...] = ()
    certificates: str = ""
    """The absolute path of its bundle of authorities; empty where it has none."""
    packages: tuple[str, ...] = ()
    """The packages in it, as package URLs."""
    accounts: tuple[str, ...] = ()
    """The lines of its `etc/passwd`."""
    groups: tuple[str, ...] = ()
    """The lines of its `etc/group`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLock:
    """All that goes into the image of one platform, the project's own files aside."""

    platform: str
    """`linux/amd64`."""
    suite: str
    """`trixie` or `bookworm`; of an image what its distribution calls the release, or nothing."""
    variant: str
    """`distroless` or `slim`; `image` where an image is the base."""
    python: str
    """The interpreter's minor version: `3.13`."""
    debs: tuple[LockedDeb, ...]
    wheels: tuple[LockedWheel, ...]
    image: LockedImage | None = None
    """The image that is the base instead of the packages with the role `base`."""


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
