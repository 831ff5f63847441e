"""Blobs of others: what is read from them is checked against their descriptor."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.oci.document import LIMIT
from boxwright.store.copy import reading_failed

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PIECE = 1 << 20


class StoredBlob(Protocol):
    """A blob that checks itself and tells where it is."""

    @property
    def descriptor(self) -> Descriptor:
        """What the content is, which one, and how many bytes it has."""
        ...

    @property
    def place(self) -> str:
        """What errors call it."""
        ...

    def open(self) -> IO[bytes]:
        """Open the content for reading; StoreError at its end where it is another."""
        ...

    def read(self) -> bytes:
        """Return the content of a document; StoreError where it is too large for one."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedBlob:
    """
    A blob that checks itself: who reads to its end gets what its digest says, or an error.

    Its bytes are those of the file *path* from *offset* on; all of them, where that is
    None. *place* is what errors call it.
    """

    descriptor: Descriptor
    path: Path
    place: str
    offset: int | None = None

    def open(self) -> IO[bytes]:
        """Open the content for reading; StoreError at its end where it is another."""
        try:
            file = self.path.open("rb", buffering=0)
            file.seek(self.offset or 0)
        except OSError as error:
            raise reading_failed(self.place, error) from error
        return verifying(file, self.descriptor, self.place, in_part=self.offset is not None)

    def read(self) -> bytes:
        """Return the content of a document; StoreError where it is too large for one."""
        return read_whole(self)


@dataclass(frozen=True, slots=True)
class KnownBlob:
    """A blob in memory whose content somebody else gave."""

    descriptor: Descriptor
    content: bytes
    place: str

    def open(self) -> IO[bytes]:
        """Open the content for reading."""
        return io.BytesIO(self.read())

    def read(self) -> bytes:
        """Return the content; StoreError where it is another than its descriptor says."""
        got = digest_of(self.content)
        if got != self.descriptor.digest:
            raise DigestMismatchError(wanted=self.descriptor.digest, got=got, what=self.place)
        if len(self.content) != self.descriptor.size:
            raise _other_size(self.place, self.descriptor, len(self.content))
        return self.content


def verifying(
    source: io.RawIOBase, descriptor: Descriptor, place: str, *, in_part: bool = False
) -> IO[bytes]:
    """
    Return what reads *source*, and raises StoreError at its end where it is another blob.

    Only its first bytes are the blob, where it is that *in part*; closing closes *source*.
    """
    return io.BufferedReader(_Verifying(descriptor, source, place, in_part=in_part), _PIECE)


def read_whole(blob: StoredBlob) -> bytes:
    """Return the content of the document *blob*; StoreError where it is too large for one."""
    if blob.descriptor.size > LIMIT:
        raise StoreError(
            f"{blob.place} has {blob.descriptor.size} bytes,"
            f" more than the {LIMIT} that a document may have",
            hint="the image is damaged or made to do harm",
        )
    with blob.open() as file:
        return file.read()


class _Verifying(io.RawIOBase):
    def __init__(
        self, descriptor: Descriptor, source: io.RawIOBase, place: str, *, in_part: bool
    ) -> None:
        self._descriptor = descriptor
        self._source = source
        self._in_part = in_part
        self._place = place
        self._hash = hashlib.sha256()
        self._left = descriptor.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        if self._in_part:
            view = view[: self._left]
        try:
            count = self._source.readinto(view) or 0
        except OSError as error:
            raise reading_failed(self._place, error) from error
        self._left -= count
        if self._left < 0 or (not count and self._left > 0):
            got = self._descriptor.size - self._left
            raise _other_size(self._place, self._descriptor, got)
        self._hash.update(view[:count])
        if not count:
            got_digest = f"sha256:{self._hash.hexdigest()}"
            if got_digest != self._descriptor.digest:
                raise DigestMismatchError(
                    wanted=self._descriptor.digest, got=got_digest, what=self._place
                )
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


def _other_size(place: str, descriptor: Descriptor, got: int) -> StoreError:
    return StoreError(
        f"{place} has {'more' if got > descriptor.size else 'fewer'} than the"
        f" {descriptor.size} bytes that its descriptor promises",
        hint="the copy is damaged; make it or fetch it again",
    )
