"""Blobs: the one thing that differs between an image in memory, on disk and in a registry."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of


class Blob(Protocol):
    """Content with a descriptor."""

    @property
    def descriptor(self) -> Descriptor:
        """What the content is, which one, and how many bytes it has."""
        ...

    def open(self) -> IO[bytes]:
        """Open the content for reading."""
        ...


@dataclass(frozen=True, slots=True)
class BytesBlob:
    """A blob in memory."""

    descriptor: Descriptor
    content: bytes

    def open(self) -> IO[bytes]:
        """Open the content for reading."""
        return io.BytesIO(self.content)


@dataclass(frozen=True, slots=True)
class FileBlob:
    """A blob in a file that is never written again."""

    descriptor: Descriptor
    path: Path

    def open(self) -> IO[bytes]:
        """Open the content for reading."""
        return self.path.open("rb")


def bytes_blob(media_type: str, content: bytes) -> BytesBlob:
    """Return *content* as a blob."""
    descriptor = Descriptor(media_type=media_type, digest=digest_of(content), size=len(content))
    return BytesBlob(descriptor, content)
