"""Blobs that an image names and that cannot be had: what can be read of it is read all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from boxwright.errors import StoreError
from boxwright.oci.descriptor import Descriptor


@dataclass(frozen=True, slots=True)
class UnreadableBlob:
    """A blob whose content nobody gives; *reason* is a clause that names it."""

    descriptor: Descriptor
    reason: str
    hint: str = ""

    def open(self) -> IO[bytes]:
        """Raise StoreError with the reason."""
        raise self.error

    @property
    def error(self) -> StoreError:
        """What `open` raises."""
        return StoreError(self.reason, hint=self.hint)
