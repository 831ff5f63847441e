"""Blobs of others: what is read from them is checked against their descriptor."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import LIMIT
from boxwright.store.copy import reading_failed

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PIECE = 1 << 20


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
        stop = None if self.offset is None else self.offset + self.descriptor.size
        return io.BufferedReader(_Verifying(self.descriptor, file, stop, self.place), _PIECE)

    def read(self) -> bytes:
        """Return the content of a document; StoreError where it is too large for one."""
        if self.descriptor.size > LIMIT:
            raise StoreError(
                f"{self.place} has {self.descriptor.size} bytes,"
                f" more than the {LIMIT} that a document may have",
                hint="the image is damaged or made to do harm",
            )
        with self.open() as file:
            return file.read()


class _Verifying(io.RawIOBase):
    def __init__(
        self, descriptor: Descriptor, file: io.FileIO, stop: int | None, place: str
    ) -> None:
        self._descriptor = descriptor
        self._file = file
        self._stop = stop
        self._place = place
        self._hash = hashlib.sha256()
        self._left = descriptor.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        if self._stop is not None:
            view = view[: self._left]
        try:
            count = self._file.readinto(view)
        except OSError as error:
            raise reading_failed(self._place, error) from error
        self._left -= count
        if self._left < 0 or (not count and self._left > 0):
            raise StoreError(
                f"{self._place} has {'more' if self._left < 0 else 'fewer'} than the"
                f" {self._descriptor.size} bytes that its descriptor promises",
                hint="the copy is damaged; make it or fetch it again",
            )
        self._hash.update(view[:count])
        if not count:
            got = f"sha256:{self._hash.hexdigest()}"
            if got != self._descriptor.digest:
                raise DigestMismatchError(wanted=self._descriptor.digest, got=got, what=self._place)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
