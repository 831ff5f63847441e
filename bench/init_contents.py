"""What is in an image, as somebody who gets into it or a scanner would find it."""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import tarfile
import urllib.request
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from measure import BenchError, run

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HARDENED = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--memory=1g", "--pids-limit=128"),
)
"""How a container is run: with no more than it needs."""

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"})
INSTALLERS = frozenset({"apt", "apt-get", "dpkg", "apk", "pip", "uv", "conda"})
PROGRAM_FOLDERS = frozenset({"bin", "sbin"})
OF_THE_BASE = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that come with the base and are no part of the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer by its digest, and its compressed size."""

    digest: str
    size: int


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a container of an image holds."""

    files: int = 0
    debian_packages: int = 0
    programs: int = 0
    """Executable files in the folders of programs."""
    shells: list[str]
    installers: list[str]
    set_id_files: list[str]
    """Files that run as their owner or group, whoever starts them."""
    distributions: list[str]
    user: str = ""
    health_check: bool = False


def look_inside(docker: list[str], image: str) -> Contents:
    """Return what a container of *image* holds."""
    container = run([*docker, "create", "--pull=never", image]).output.strip()
    try:
        process = subprocess.Popen(
            [*docker, "export", container], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None  # noqa: S101 (asked for)
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            contents = _contents(archive)
        if process.wait():
            raise BenchError(f"`docker export` of {image} fails")
    finally:
        run([*docker, "rm", "--force", "--volumes", container])
    said: dict[str, Any] = json.loads(run([*docker, "image", "inspect", image]).output)[0]["Config"]
    contents.user = said.get("User") or "root"
    contents.health_check = bool(said.get("Healthcheck"))
    return contents


def unpacked_in_layout(layout: Path, layers: list[Layer]) -> int:
    """Return the bytes of the files in *layers*, blobs of an OCI layout."""
    total = 0
    for layer in layers:
        with (layout / "blobs" / layer.digest.replace(":", "/")).open("rb") as blob:
            total += _unpacked(blob)
    return total


def unpacked_in_registry(address: str, repository: str, layers: list[Layer]) -> int:
    """Return the bytes of the files in *layers*, blobs of a registry."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    total = 0
    for layer in layers:
        url = f"http://{address}/v2/{repository}/blobs/{layer.digest}"
        with opener.open(url, timeout=60) as blob:
            total += _unpacked(blob)
    return total


def _unpacked(blob: IO[bytes]) -> int:
    with (
        io.BufferedReader(_Gunzipped(blob)) as plain,
        tarfile.open(fileobj=plain, mode="r|") as members,
    ):
        return sum(member.size for member in members if member.isfile())


class _Gunzipped(io.RawIOBase):
    """A gzip stream of any number of members, unpacked as it is read."""

    def __init__(self, blob: IO[bytes]) -> None:
        self._blob = blob
        self._decoder = zlib.decompressobj(31)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if not self._ready and not self._fill():
            return 0
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)

    def _fill(self) -> bool:
        while not self._ready:
            chunk = self._decoder.unused_data or self._blob.read(1 << 18)
            if not chunk:
                return False
            if self._decoder.eof:
                self._decoder = zlib.decompressobj(31)
            self._ready = self._decoder.decompress(chunk)
        return True


def _contents(archive: tarfile.TarFile) -> Contents:
    found = Contents(shells=[], installers=[], set_id_files=[], distributions=[])
    for member in archive:
        path = PurePosixPath("/", member.name)
        if member.isdir():
            continue
        found.files += 1
        if path.parent.name in PROGRAM_FOLDERS and (member.issym() or member.mode & stat.S_IXUSR):
            found.programs += 1
            if path.name in SHELLS:
                found.shells.append(str(path))
            if path.name in INSTALLERS:
                found.installers.append(str(path))
        if member.isreg() and member.mode & (stat.S_ISUID | stat.S_ISGID):
            found.set_id_files.append(str(path))
        if path.parent.suffix == ".dist-info" and path.name == "METADATA":
            name, _, version = path.parent.stem.rpartition("-")
            name = re.sub(r"[-_.]+", "-", name).lower()
            if name not in OF_THE_BASE:
                found.distributions.append(f"{name}=={version}")
        found.debian_packages += _debian_packages(archive, member, path)
    found.distributions.sort()
    return found


def _debian_packages(archive: tarfile.TarFile, member: tarfile.TarInfo, path: PurePosixPath) -> int:
    """Return how many packages a file of dpkg's tells of; 0 for any other file."""
    if path.parent == PurePosixPath("/var/lib/dpkg/status.d"):
        return int(path.suffix != ".md5sums")
    if path != PurePosixPath("/var/lib/dpkg/status"):
        return 0
    content = archive.extractfile(member)
    if content is None:
        return 0
    return len(re.findall(rb"(?m)^Status: install ok installed$", content.read()))
