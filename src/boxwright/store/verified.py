"""Blobs of others: what is read from them is checked against their descriptor."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import LIMIT
from boxwright.store.copy import reading_failed


@dataclass(frozen=True, slots=True)
class VerifiedBlob:
    """
    A blob that checks itself: who reads to its end gets what its digest says, or an error.

    *source* opens the bytes, *place* is what errors call them.
    """

    descriptor: Descriptor
    source: Callable[[], IO[bytes]]
    place: str

    def open(self) -> IO[bytes]:
        """Open the content for reading; StoreError at its end where it is another."""
        try:
            return io.BufferedReader(_Verifying(self.descriptor, self.source(), self.place), 1 << 20)
        except OSError as error:
            raise reading_failed(self.place, error) from error

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
    def __init__(self, descriptor: Descriptor, inner: IO[bytes], place: str) -> None:
        self._descriptor = descriptor
        self._inner = inner
        self._place = place
        self._hash = hashlib.sha256()
        self._left = descriptor.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._inner.read(len(buffer))
        except OSError as error:
            raise reading_failed(self._place, error) from error
        self._left -= len(piece)
        self._hash.update(piece)
        if self._left < 0 or (not piece and self._left > 0):
            raise StoreError(
                f"{self._place} has {'more' if self._left < 0 else 'fewer'} than the"
                f" {self._descriptor.size} bytes that its descriptor promises",
                hint="the copy is damaged; make it or fetch it again",
            )
        if not piece:
            got = f"sha256:{self._hash.hexdigest()}"
            if got != self._descriptor.digest:
                raise DigestMismatchError(
                    wanted=self._descriptor.digest, got=got, what=self._place
                )
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._inner.close()
        super().close()


def file_source(path: Path) -> Callable[[], IO[bytes]]:
    """Return what opens *path*."""
    return lambda: path.open("rb")
