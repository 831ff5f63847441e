"""An image as the base of another one: its layers as they are, its environment below ours."""

from __future__ import annotations

import platform as machine
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boxwright.build.venv import HOME
from boxwright.debian.suite import host_architecture
from boxwright.image.image import Layer
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.platform import parse_platform

if TYPE_CHECKING:
    from boxwright.image.blob import Blob
    from boxwright.lock.model import LockedImage, LockedLayer, PlatformLock
    from boxwright.lock.sources import Sources

_NOT_INHERITED = frozenset(
    {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONUSERBASE", "VIRTUAL_ENV"}
)
"""Variables of the base by which our Python would find what is not in our environment."""
_CERTIFICATES = "SSL_CERT_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The layers of the base, none of which was fetched."""

    name: str
    """Where others have it: empty where it is on this machine's disk only."""
    digest: Digest
    layers: tuple[Layer, ...]
    image: LockedImage

    def under(self, config: ImageConfig) -> ImageConfig:
        """
        Return *config* with the base's environment below its own.

        Nothing else is inherited: user, command, ports, volumes and labels are those of the
        plan.
        """
        below = {
            name: value
            for name, _, value in (entry.partition("=") for entry in self.image.env)
            if name not in _NOT_INHERITED
        }
        own = dict(config.env)
        if own.get(_CERTIFICATES) and self.image.certificates != own[_CERTIFICATES]:
            # The plan names the file that our own bases have.
            del own[_CERTIFICATES]
            if self.image.certificates:
                own[_CERTIFICATES] = self.image.certificates
        env = below | own
        if "PATH" in below and "PATH" in own:
            first, *rest = own["PATH"].split(":")
            env["PATH"] = ":".join(dict.fromkeys((first, *below["PATH"].split(":"), *rest)))
        return replace(config, env=tuple(sorted(env.items())))


def open_foundation(lock: PlatformLock, folder: Path, sources: Sources) -> Foundation:
    """
    Return the base of *lock*, which is an image; a registry is not asked for anything.

    LockError where a layout or an archive, relative to *folder*, no longer has it.
    """
    from boxwright.lock.image_base import locked_reference, open_locked

    image = lock.image
    assert image is not None  # noqa: S101 (asked for only where there is one)
    on_disk = open_locked(image, parse_platform(lock.platform), folder)
    if on_disk is not None:
        layers = [
            _layer(_Renamed(_descriptor(locked), found.blob), locked)
            for locked, found in zip(image.layers, on_disk.layers, strict=True)
        ]
        return Foundation(name="", digest=image.digest, layers=tuple(layers), image=image)
    from boxwright.oci.place import parse_place
    from boxwright.store.registry.client import RegistryBlob, Repository

    repository = Repository(locked_reference(image), sources.transport)
    layers = [
        _layer(RegistryBlob(_descriptor(locked), repository), locked) for locked in image.layers
    ]
    return Foundation(
        name=str(parse_place(image.name)), digest=image.digest, layers=tuple(layers), image=image
    )


def python_home(lock: PlatformLock) -> str:
    """Return the folder of the Python that the environment is made for."""
    if lock.image is None:
        return HOME
    return f"/{posixpath.dirname(lock.image.python.program)}"


def no_interpreter(lock: PlatformLock) -> str:
    """Return why the Python of the image that *lock* stands on cannot compile here; empty if it can."""
    image = lock.image
    assert image is not None  # noqa: S101 (asked for only where there is one)
    if not image.python.library:
        return f"the standard library of /{image.python.program} is not where it is looked for"
    here, wanted = machine.machine(), parse_platform(lock.platform).architecture
    if machine.system() != "Linux" or host_architecture(here) != wanted:
        return (
            f"this machine ({machine.system()}, {here}) cannot run the Python of an image for"
            f" {lock.platform}"
        )
    return ""


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A blob under the media type that OCI has for it."""

    descriptor: Descriptor
    blob: Blob

    def open(self) -> IO[bytes]:
        """Open the content for reading."""
        return self.blob.open()


def _descriptor(locked: LockedLayer) -> Descriptor:
    return Descriptor(media_type=locked.media_type, digest=locked.digest, size=locked.size)


def _layer(blob: Blob, locked: LockedLayer) -> Layer:
    return Layer(
        blob=blob,
        diff_id=locked.diff_id,
        uncompressed_size=locked.unpacked,
        created_by=locked.created_by or "the base",
        reused=True,
    )
