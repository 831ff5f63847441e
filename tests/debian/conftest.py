"""A small Debian archive of our own: tiny packages, signed with a key made for the test."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest

from boxwright.lock.debian import lock_base
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import LockedDeb
from boxwright.plan.model import BasePlan
from boxwright.progress import Silent
from boxwright.settings import Settings, parse_settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

LEAN = (
    "base-files", "ca-certificates", "gcc-14-base", "libc-bin", "libc6", "libgomp1",
    "libpython3.13-stdlib", "libstdc++6", "media-types", "netbase", "python3.13-minimal", "tzdata",
)  # fmt: skip
"""The roots of trixie's base, and the C library."""


@dataclass(frozen=True, kw_only=True)
class Deb:
    """A package that is to be made."""

    name: str
    version: str = "1.0"
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    members: Sequence[tuple[tarfile.TarInfo, bytes]] = ()
    """Members as they come, for what an honest package does not have."""
    fields: Mapping[str, str] = field(default_factory=dict)
    packing: str = "xz"
    data: bytes | None = None
    """The data tar, packed, in place of one made of the files."""

    def build(self) -> bytes:
        """Return the .deb."""
        control = (
            f"Package: {self.name}\nVersion: {self.version}\nArchitecture: amd64\n"
            + "".join(f"{key}: {value}\n" for key, value in self.fields.items())
            + "Description: made for a test\n"
        )
        sums = "".join(
            f"{hashlib.md5(content).hexdigest()}  {path}\n"  # noqa: S324 (dpkg's format)
            for path, content in self.files.items()
        )
        scripts = {"control": control.encode(), "md5sums": sums.encode()}
        data = self.data
        if data is None:
            data = _pack(_tar(self.files, self.links, self.members), self.packing)
        suffix = f".{self.packing}" if self.packing else ""
        return _ar(
            {
                "debian-binary": b"2.0\n",
                "control.tar.xz": _pack(_tar(scripts, {}, ()), "xz"),
                f"data.tar{suffix}": data,
            }
        )


def _tar(
    files: Mapping[str, bytes],
    links: Mapping[str, str],
    members: Sequence[tuple[tarfile.TarInfo, bytes]],
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(f"./{path}")
            info.size = len(content)
            info.mode = 0o755 if "/bin/" in path else 0o644
            tar.addfile(info, io.BytesIO(content))
        for path, target in links.items():
            info = tarfile.TarInfo(f"./{path}")
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _pack(content: bytes, packing: str) -> bytes:
    match packing:
        case "xz":
            return lzma.compress(content)
        case "gz":
            return gzip.compress(content)
        case _:
            return content


def _ar(members: Mapping[str, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, content in members.items():
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


@dataclass(frozen=True, kw_only=True)
class SmallArchive:
    """An archive in *folder*, with the suite trixie, its updates and its security updates."""

    folder: Path
    key: pysequoia.Tsk

    @property
    def mirrors(self) -> Mirrors:
        return Mirrors(
            debian=str(self.folder / "debian"),
            security=(self.folder / "debian-security").as_uri(),
            keyring=bytes(self.key.extract_certificate()),
        )

    def write(
        self,
        debs: Sequence[Deb],
        *,
        updates: Sequence[Deb] = (),
        security: Sequence[Deb] = (),
        suite: str = "trixie",
        valid_for: timedelta = timedelta(days=7),
        contents: str = "",
    ) -> None:
        """Write the archive anew."""
        for root, name, packages in (
            ("debian", "trixie", debs),
            ("debian", "trixie-updates", updates),
            ("debian-security", "trixie-security", security),
        ):
            index = "".join(self._add(root, deb) for deb in packages)
            files = {
                "main/binary-amd64/Packages.xz": lzma.compress(index.encode()),
                "main/binary-amd64/Packages": index.encode(),
                "main/Contents-amd64.gz": gzip.compress(contents.encode()),
            }
            folder = self.folder / root / "dists" / name
            sums = ""
            for path, content in files.items():
                digest = hashlib.sha256(content).hexdigest()
                by_hash = folder / Path(path).parent / "by-hash" / "SHA256" / digest
                by_hash.parent.mkdir(parents=True, exist_ok=True)
                by_hash.write_bytes(content)
                sums += f" {digest} {len(content)} {path}\n"
            until = datetime.now(UTC) + valid_for
            self.sign(
                f"{root}/dists/{name}",
                f"Origin: Test\nSuite: stable\nCodename: {name.replace('trixie', suite)}\n"
                f"Valid-Until: {until:%a, %d %b %Y %H:%M:%S} UTC\n"
                f"Acquire-By-Hash: yes\nSHA256:\n{sums}",
            )

    def sign(self, folder: str, release: str, key: pysequoia.Tsk | None = None) -> None:
        """Write *release* as the InRelease of *folder*."""
        signed = pysequoia.sign(
            (key or self.key).signer(), release.encode(), mode=pysequoia.SignatureMode.CLEAR
        )
        (self.folder / folder / "InRelease").write_bytes(signed)

    def in_release(self, suite: str = "trixie") -> Path:
        """Return the InRelease file of *suite*."""
        return self.folder / "debian" / "dists" / suite / "InRelease"

    def pool(self, name: str) -> Path:
        """Return the file of the package *name*."""
        return next((self.folder / "debian" / "pool").glob(f"{name}_*"))

    def _add(self, root: str, deb: Deb) -> str:
        content = deb.build()
        path = Path("pool") / f"{deb.name}_{deb.version.replace(':', '%3a')}_amd64.deb"
        target = self.folder / root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        fields = "".join(f"{key}: {value}\n" for key, value in deb.fields.items())
        return (
            f"Package: {deb.name}\nVersion: {deb.version}\nArchitecture: amd64\n{fields}"
            f"Filename: {path}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
        )


@pytest.fixture(scope="session")
def signing_key() -> pysequoia.Tsk:
    """A key of no archive but ours."""
    return pysequoia.Tsk.generate(user_id="Test archive")


@pytest.fixture
def archive(tmp_path: Path, signing_key: pysequoia.Tsk) -> SmallArchive:
    """An archive that has what trixie's base consists of, almost empty."""
    archive = SmallArchive(folder=tmp_path / "mirror", key=signing_key)
    archive.write([*lean_debs()])
    return archive


def lean_debs() -> Iterator[Deb]:
    """Yield packages with the names of trixie's base."""
    for name in LEAN:
        yield Deb(name=name, files={f"usr/share/{name}/file": name.encode()})


@dataclass(frozen=True, kw_only=True)
class Notes(Silent):
    """Keeps what was told."""

    texts: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
def lock(archive: SmallArchive, cache: Cache) -> Callable[..., tuple[LockedDeb, ...]]:
    """Lock the base from the archive."""

    def lock(
        *packages: str,
        settings: Settings | None = None,
        offline: bool = False,
        mirrors: Mirrors | None = None,
        architecture: str = "amd64",
    ) -> tuple[LockedDeb, ...]:
        return lock_base(
            BasePlan(suites=("trixie",), variant="distroless", packages=packages),
            "trixie",
            architecture,
            mirrors=mirrors or archive.mirrors,
            transport=Transport(offline=offline, environ={}),
            cache=cache,
            settings=settings or Settings(),
            progress=Silent(),
        )

    return lock


@pytest.fixture
def make_deb() -> type[Deb]:
    """Describe a package."""
    return Deb


@pytest.fixture
def notes() -> Notes:
    """Keep what is told to the user."""
    return Notes()


@pytest.fixture
def debian_settings() -> Callable[..., Settings]:
    """Return settings with these keys below `debian`."""

    def make(**keys: object) -> Settings:
        return parse_settings(
            None, {"debian": {key.replace("_", "-"): value for key, value in keys.items()}}
        )

    return make
