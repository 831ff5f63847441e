"""What may look at the content of files while a layer streams by."""

from __future__ import annotations

from typing import Protocol

import msgspec

START = 1 << 16
"""How many bytes of a file are there at once, before it is decided who looks at the rest."""


class Begun(msgspec.Struct, frozen=True, gc=False):
    """A file whose content is about to come."""

    path: str
    size: int
    mode: int
    start: bytes
    """Its first bytes: all, where it has `START` of them or fewer."""


class Watch(Protocol):
    """Looks at one file."""

    def feed(self, piece: bytes) -> None:
        """Take the next *piece*; all together are the file, from its first byte on."""

    def close(self) -> None:
        """Take note that the file is complete; what was found is kept by the looker."""


class Looker(Protocol):
    """
    Looks at the files of one layer; made anew for each, and used by one thread.

    Contents are hostile: a looker raises nothing, keeps a bounded part of what it is fed,
    and takes time in proportion to it.
    """

    def begin(self, file: Begun) -> Watch | None:
        """Return what looks at *file*; None where nothing needs to."""
        ...
