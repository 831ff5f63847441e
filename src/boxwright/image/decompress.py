"""The tar in a layer, whichever way it is packed: gzip of any number of members, zstd, or not at all."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from isal import isal_zlib

from boxwright.errors import StoreError
from boxwright.image.compression import DAMAGED
from boxwright.image.tar import BLOCK

if TYPE_CHECKING:
    from typing_extensions import Buffer

PIECE = 1 << 20
"""How many bytes are worth reading at once, and the most that one `read` gives."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""What follows the first byte of a zstd frame that is no content (RFC 8878, 3.1.2)."""
_OTHERS = (
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ\0", "packed by xz"),
    (b"PK\x03\x04", "a zip"),
    (b"\x89LUKS", "encrypted"),
)

_GZIP_BUFFER = 1 << 18
"""Bytes of packed input held; a member's header may have no more."""
_WINDOW_LOG = 25
"""
Frames that look further back than 32 MiB are refused, as memory would have to be had for it.

The encoder that engines and BuildKit write layers with looks back 32 MiB at its best level.
"""
_MOST_FRAMES = 1 << 22
"""More frames than any layer has; each costs ten microseconds, however little is in it."""
_MOST_EMPTY = 1 << 14
"""More frames with nothing in them than any layer has."""
_MOST_IDLE = 1 << 26
"""Bytes of input that may give no output, before it is taken for harm."""

_HINT = "the layer is damaged or was copied in part; make it or fetch it again"


class DamagedStreamError(StoreError):
    """What is read as a layer is cut short, damaged, or no layer at all."""


class Readable(Protocol):
    """What bytes can be read from; it may give fewer than are asked for."""

    def read(self, size: int, /) -> bytes:
        """Return up to *size* bytes; nothing at the end only."""
        ...


class Decompressed(io.RawIOBase):
    """
    The tar that *stream* holds, read from front to back.

    `read` gives up to the bytes that are asked for and no more than `PIECE`, nothing at the
    end only. What can be unpacked is given before DamagedStreamError is raised; errors
    of *stream* itself come as they are. Memory is bounded, the number of bytes is not: the
    caller has to count them. *stream* is not closed.
    """

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self._source = _Source(stream)
        self._problems: list[str] = []
        start = self._source.start
        packing = packing_of(start)
        if packing is None:
            raise _no_layer(start)
        self.packing = packing
        """`gzip`, `zstd`, or nothing."""
        self._unpacker: _Unpacker = _Plain(self._source)
        if packing == "gzip":
            self._unpacker = _Gzip(self._source, self._problems)
        elif packing == "zstd":
            self._unpacker = _Zstd(self._source, self._problems)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is odd about the packing, in clauses; complete when the end was read."""
        return tuple(self._problems)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Read into *buffer*, and return how many bytes; 0 at the end only."""
        view = memoryview(buffer).cast("B")
        return self._unpacker.readinto(view) if len(view) else 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to *size* bytes, and no more than `PIECE`; nothing at the end only."""
        wanted = PIECE if size is None or size < 0 else min(size, PIECE)
        if not self.packing:
            self._source.idle = 0
            return self._source.read(wanted)
        buffer = bytearray(wanted)
        count = self.readinto(buffer)
        return bytes(memoryview(buffer)[:count])


def decompressed(stream: Readable) -> Decompressed:
    """
    Return what reads the tar in *stream*, whose first bytes say how it is packed.

    Raises DamagedStreamError where they are neither gzip nor zstd nor a tar.
    """
    return Decompressed(stream)


def packing_of(start: bytes) -> str | None:
    r"""
    Return how what begins with *start*, 512 bytes or all of it, is packed; None if it is no layer.

    >>> packing_of(b"\x1f\x8b..."), packing_of(bytes(512)), packing_of(b"{}")
    ('gzip', '', None)
    """
    if start.startswith(_GZIP):
        return "gzip"
    if start.startswith(_ZSTD) or _is_skippable(start):
        return "zstd"
    return "" if _begins_tar(start) else None


class _Unpacker(Protocol):
    def readinto(self, view: memoryview) -> int: ...


class _Source(io.RawIOBase):
    """The packed bytes, of which the first are known already."""

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self._stream = stream
        start = bytearray()
        while len(start) < BLOCK and (piece := stream.read(BLOCK - len(start))):
            start += piece
        self.start = bytes(start)
        self._pending = self.start
        self.tail = b""
        """The last bytes that were read."""
        self.idle = 0
        """How many were read since whoever unpacks them set this to 0."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None  # noqa: S101 (nobody here asks so)
        if self._pending:
            piece, self._pending = self._pending[:size], self._pending[size:]
        else:
            piece = self._stream.read(size)
        if piece:
            self.tail = (self.tail + piece[-_PADDED:])[-_PADDED:]
        self.idle += len(piece)
        if self.idle > _MOST_IDLE:
            raise DamagedStreamError(
                f"{_MOST_IDLE >> 20} MiB of its packed bytes hold nothing", hint=_HINT
            )
        return piece


_PADDED = 10
"""A gzip stream cannot end in so many zero bytes: they follow it."""


class _Plain:
    def __init__(self, source: _Source) -> None:
        self._source = source

    def readinto(self, view: memoryview) -> int:
        self._source.idle = 0
        return self._source.readinto(view[:PIECE])


class _Gzip:
    def __init__(self, source: _Source, problems: list[str]) -> None:
        self._source = source
        self._problems = problems
        self._reader = isal_zlib._GzipReader(source, _GZIP_BUFFER)  # type: ignore[arg-type]  # noqa: SLF001
        self._ended = False
        self._error: DamagedStreamError | None = None

    def readinto(self, view: memoryview) -> int:
        if self._error is not None:
            raise self._error
        if self._ended:
            return 0
        before = self._reader.tell()
        self._source.idle = 0
        try:
            count = self._reader.readinto(view[:PIECE])
        except (EOFError, gzip.BadGzipFile, OverflowError, DAMAGED) as error:
            # Whatever was unpacked before the damage is in the buffer.
            count = self._reader.tell() - before
            self._ended = True
            # Fewer bytes than a header has are taken for the beginning of one.
            if str(error).startswith("Not a gzipped file"):
                self._problems.append("bytes that are no gzip follow its gzip stream")
                return count
            self._error = _damaged("gzip", error)
            if not count:
                raise self._error from error
            return count
        if not count:
            self._ended = True
            if self._source.tail == bytes(_PADDED):
                self._problems.append("zero bytes follow its gzip stream")
        return count


class _Zstd:
    """Frames one after another, of which those that can be skipped are (RFC 8878, 3.1)."""

    def __init__(self, source: _Source, problems: list[str]) -> None:
        self._source = source
        self._problems = problems
        self._pieces = self._unpacked()
        self._wanted = PIECE
        self._error: DamagedStreamError | None = None
        self._held = b""
        self._at = 0

    def readinto(self, view: memoryview) -> int:
        if self._error is not None:
            raise self._error
        self._wanted = min(len(view), PIECE)
        self._source.idle = 0
        try:
            piece = next(self._pieces, b"")
        except DamagedStreamError as error:
            self._error = error
            raise
        view[: len(piece)] = piece
        return len(piece)

    def _unpacked(self) -> Iterator[bytes]:
        frames = empty = 0
        while frames < _MOST_FRAMES and empty < _MOST_EMPTY:
            frames += 1
            magic = self._take(4)
            if not magic:
                return
            if _is_skippable(magic):
                self._skip(int.from_bytes(self._take(4, whole=True), "little"))
                empty += 1
            elif magic == _ZSTD:
                self._at -= len(magic)
                is_empty = True
                for piece in self._frame():
                    is_empty = False
                    yield piece
                empty += is_empty
            else:
                zeros = "zero bytes" if not magic.strip(b"\0") else "bytes that are no zstd"
                self._problems.append(f"{zeros} follow its zstd stream")
                return
        raise DamagedStreamError(
            f"its zstd stream has {frames} frames, {empty} of them with nothing in them",
            hint="it is made to do harm, or was written in far too small pieces",
        )

    def _frame(self) -> Iterator[bytes]:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        unpacker = zstd.ZstdDecompressor(
            options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        )
        # What follows a frame is copied by the decompressor: a small frame gets few bytes.
        step = 1 << 12
        while True:
            given = b""
            if unpacker.needs_input:
                given = self._next(step)
                step = min(2 * step, 1 << 18)
                if not given:
                    raise DamagedStreamError("its zstd stream is cut short", hint=_HINT)
            try:
                piece = unpacker.decompress(given, self._wanted)
            except zstd.ZstdError as error:
                raise _damaged("zstd", error) from error
            if unpacker.eof:
                self._at -= len(unpacker.unused_data)
                if piece:
                    yield piece
                return
            if piece:
                yield piece

    def _next(self, size: int) -> bytes:
        """Return up to *size* bytes; nothing at the end only."""
        if self._at == len(self._held):
            self._held, self._at = self._source.read(1 << 18), 0
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _take(self, size: int, *, whole: bool = False) -> bytes:
        """Return *size* bytes that stay together; fewer only at the end, unless *whole*."""
        if len(self._held) - self._at < size:
            held = bytearray(self._held[self._at :])
            while len(held) < size and (piece := self._source.read(1 << 18)):
                held += piece
            self._held, self._at = bytes(held), 0
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        if whole and len(piece) < size:
            raise DamagedStreamError("its zstd stream is cut short", hint=_HINT)
        return piece

    def _skip(self, size: int) -> None:
        while size:
            piece = self._next(size)
            if not piece:
                raise DamagedStreamError("its zstd stream is cut short", hint=_HINT)
            size -= len(piece)
            # Tables of contents of many megabytes are skipped like this.
            self._source.idle = 0


def _is_skippable(start: bytes) -> bool:
    return start[1:4] == _SKIPPABLE and start[0] >> 4 == 5


def _begins_tar(start: bytes) -> bool:
    """Return whether *start* is the first block of a tar, or of one with nothing in it."""
    if not start.strip(b"\0"):
        return True
    field = start[148:156].strip(b" \0")
    if len(start) < BLOCK or not field or field.strip(b"01234567"):
        return False
    return int(field, 8) == sum(start) - sum(start[148:156]) + 8 * ord(" ")


def _no_layer(start: bytes) -> DamagedStreamError:
    for magic, what in _OTHERS:
        if start.startswith(magic):
            return DamagedStreamError(
                f"it is {what}", hint="a layer is a tar, as it is or packed by gzip or zstd"
            )
    return DamagedStreamError("it is no tar, and neither gzip nor zstd", hint=_HINT)


def _damaged(kind: str, error: Exception) -> DamagedStreamError:
    said = str(error)
    if isinstance(error, EOFError):
        how = "is cut short"
    elif isinstance(error, OverflowError):
        how = f"has a header of more than {_GZIP_BUFFER >> 10} KiB"
    elif "too much memory" in said:
        how = f"looks back further than {1 << (_WINDOW_LOG - 20)} MiB"
    elif "CRC check failed" in said or "checksum" in said.lower():
        how = "has another checksum than it says"
    elif "length of data" in said:
        how = "has another size than it says"
    else:
        how = "is damaged"
    return DamagedStreamError(f"its {kind} stream {how}", hint=_HINT)
