"""
Writing a layer: entries in, a gzip of several members out.

Small contents are gathered and packed together; a content that is deflated already (a
member of a wheel) is carried over as a gzip member of its own, without being packed
again. It is inflated once, because the diff_id is a digest of the inflated tar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from boxwright.errors import PackageError
from boxwright.image import compression, tar
from boxwright.image.background import Background
from boxwright.image.entry import Entry, Kind, directory, parents
from boxwright.image.inflate import inflate
from boxwright.oci.digest import Digest

_GATHER = 1 << 20
"""Bytes of tar that are packed together into one member."""

_SPECIAL_DIRECTORIES = {"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700}
"""Directories whose mode is not 0755, whichever layer mentions them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a finished layer is, apart from its blob: the digest of its tar, and its size."""

    diff_id: Digest
    uncompressed_size: int


class LayerWriter:
    """
    Writes one layer to *write*, entry by entry, in the order in which they are added.

    Parents that were not added are written before their first child; adding a
    directory twice does nothing, adding anything else twice is an error of the caller.
    *write* is called from another thread, where the digests are computed, too.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._output = write
        self._background = Background()
        self._gathered = bytearray()
        self._diff = hashlib.sha256()
        self._size = 0
        self._paths: dict[str, Kind] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def add(self, entry: Entry, content: bytes = b"") -> None:
        """Add *entry*, whose content is *content*."""
        self.add_stream(entry, (content,) if content else ())

    def add_stream(self, entry: Entry, content: Iterable[bytes]) -> None:
        """Add *entry*, whose content comes in pieces that together have its size."""
        if not self._begin(entry):
            return
        left = entry.size
        for piece in content:
            left -= len(piece)
            self._gather(piece)
        if left:
            msg = f"`{entry.path}` has {entry.size - left} bytes, its entry says {entry.size}"
            raise ValueError(msg)
        self._gather(bytes(tar.padding(entry.size)))

    def add_deflated(
        self,
        entry: Entry,
        deflated: Iterable[bytes],
        crc32: int,
        *,
        see: Callable[[bytes], object] | None = None,
    ) -> None:
        """
        Add *entry*, whose content is the raw deflate stream *deflated* (RFC 1951).

        The stream is carried over unchanged. *see* is called with each piece of the
        inflated content, from another thread and perhaps later, but before `close`
        returns. Raises PackageError where the stream has another size or
        CRC-32 than promised, is cut short, or goes on after its end.
        """
        if not self._begin(entry):
            return
        self._flush()
        self._write(compression.HEADER)
        try:
            for content in inflate(self._carried_over(deflated), entry.size, crc32):
                self._background.call(self._diff.update, content)
                if see is not None:
                    self._background.call(see, content)
        except ValueError as error:
            raise _lying(entry) from error
        self._write(compression.trailer(crc32, entry.size))
        self._size += entry.size
        self._gather(bytes(tar.padding(entry.size)))

    def close(self) -> Written:
        """Write the end of the tar and return what the layer is."""
        self._gather(tar.END)
        self._flush()
        self._background.finish()
        return Written(
            diff_id=Digest(f"sha256:{self._diff.hexdigest()}"), uncompressed_size=self._size
        )

    def _carried_over(self, deflated: Iterable[bytes]) -> Iterator[bytes]:
        for piece in deflated:
            self._write(piece)
            yield piece

    def _begin(self, entry: Entry) -> bool:
        """Write the header of *entry*; tell whether it was new."""
        known = self._paths.get(entry.path)
        if known is not None:
            if known is entry.kind is Kind.DIRECTORY:
                return False
            msg = f"`{entry.path}` is in the layer already"
            raise ValueError(msg)
        cut = entry.path.rfind("/")
        if cut > 0 and self._paths.get(entry.path[:cut]) is not Kind.DIRECTORY:
            for parent in parents(entry.path):
                if parent not in self._paths:
                    mode = _SPECIAL_DIRECTORIES.get(parent, 0o755)
                    self._paths[parent] = Kind.DIRECTORY
                    self._gather(tar.header(directory(parent, mode)))
        self._paths[entry.path] = entry.kind
        self._gather(tar.header(entry))
        return True

    def _gather(self, content: bytes) -> None:
        """Add *content* to what is packed together, whose pieces all have the same size."""
        self._size += len(content)
        self._gathered += content
        while len(self._gathered) >= _GATHER:
            self._pack(bytes(self._gathered[:_GATHER]))
            del self._gathered[:_GATHER]

    def _flush(self) -> None:
        if self._gathered:
            self._pack(bytes(self._gathered))
            self._gathered.clear()

    def _pack(self, content: bytes) -> None:
        self._background.call(self._diff.update, content)
        self._write(compression.member(content))

    def _write(self, content: bytes) -> None:
        self._background.call(self._output, content)


def _lying(entry: Entry) -> PackageError:
    return PackageError(
        f"`{entry.path}` is not the {entry.size} bytes that its archive promises",
        hint="the archive is damaged or made to do harm; fetch it again from a source you trust",
    )
