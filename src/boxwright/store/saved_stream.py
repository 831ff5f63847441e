"""
Archives that can only be read once, front to back: of an engine, standard input, packed ones.

Nothing is written anywhere: layers are looked at as they pass, and only at the end it shows
which of them make the image, as `docker save` writes its documents last.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Generic, TypeVar, cast

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import Blob
from boxwright.image.decompress import PIECE, DamagedStreamError, Readable, decompressed, packing_of
from boxwright.image.image import Image
from boxwright.image.tar import BLOCK, padding
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.oci.manifest import Index
from boxwright.oci.platform import Platform
from boxwright.store.archive import finder
from boxwright.store.copy import reading_failed
from boxwright.store.docker_archive import read_docker_archive
from boxwright.store.members import Heads, followed, missing_document
from boxwright.store.stored import Referrer, checked_platform, read_image, referrers_in
from boxwright.store.unreadable import UnreadableBlob
from boxwright.store.verified import KnownBlob, StoredBlob

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

    from boxwright.progress import Progress

T = TypeVar("T")

_MOST_KEPT = 64 << 20
"""Bytes of documents that are kept until the end; an image has some kilobytes."""

OpenStream = Callable[[], AbstractContextManager[Readable]]


class SavedStream:
    """
    An image that streams by.

    *image_id* and *diff_ids* are what an engine says of it before it streams; None where nobody
    does. Who knows all these layers already, and the image's documents, need not read it.
    """

    def __init__(
        self,
        name: str,
        open_stream: OpenStream,
        *,
        reference: str | None = None,
        platform: Platform | None = None,
        image_id: Digest | None = None,
        diff_ids: tuple[Digest, ...] | None = None,
        size: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.name = name
        """What errors call it: ``the archive `image.tar.gz` ``."""
        self.image_id = image_id
        self.diff_ids = diff_ids
        self.referrers: tuple[Referrer, ...] = ()
        """What the archive has to tell of its image beside it; known when it was read."""
        self._open_stream = open_stream
        self.reference = reference
        """Which of its images is meant, where it may have several."""
        self._platform = platform
        self._size = size
        self._progress = progress

    def read(self, visit: Callable[[IO[bytes]], T]) -> tuple[Image, tuple[T | StoreError, ...]]:
        """
        Read it once, front to back; return the image, and what *visit* made of each layer.

        *visit* gets each member that may be a layer as it is stored: packed or not. A `read`
        may give less than is asked for before the end, which need not be reached. A StoreError
        that it raises becomes what the layer came to. So does one that says that a packed layer is
        missing, or has another digest than promised. That a layer which is not packed has its
        diff_id is left to *visit*, which reads it anyway. Nobody can open the layers of the image
        that is returned.

        Raises StoreError where there is no image, or its documents are broken.
        """
        task = f"read {self.name}"
        if self._progress:
            self._progress.start(task, self._size)
        with contextlib.ExitStack() as stack:
            stream = _Counting(stack.enter_context(self._open_stream()), task, self._progress)
            passed: _Passed[T] = _Passed(self.name)
            try:
                content = decompressed(stream)
                if not stream.size:
                    raise StoreError(
                        f"{self.name} gives nothing",
                        hint="whatever should write the image there has failed, or has no such image",
                    )
                passed.read(content, visit)
            except DamagedStreamError as error:
                raise StoreError(
                    f"{self.name} cannot be read: {error.message}",
                    hint="name an archive that holds an image, as it is or packed by gzip or zstd",
                ) from error
            except OSError as error:
                raise reading_failed(self.name, error) from error
        if self._progress:
            self._progress.finish(task)
        return self._image(passed)

    def save(self, path: Path) -> None:
        """Write all of it to the file *path*, unpacked, for who has to read it more than once."""
        task = f"read {self.name}"
        if self._progress:
            self._progress.start(task, self._size)
        with contextlib.ExitStack() as stack:
            stream = _Counting(stack.enter_context(self._open_stream()), task, self._progress)
            try:
                content = decompressed(stream)
                with path.open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
            except DamagedStreamError as error:
                raise StoreError(f"{self.name} cannot be read: {error.message}") from error
            except OSError as error:
                raise reading_failed(self.name, error) from error
        if self._progress:
            self._progress.finish(task)

    def _image(self, passed: _Passed[T]) -> tuple[Image, tuple[T | StoreError, ...]]:
        if passed.size("index.json") is None:
            image = read_docker_archive(passed, self.reference)
            checked_platform(image, self._platform, self.name)
        else:
            index = Index.from_dict(passed.document("index.json"))
            find = finder(passed)
            image = read_image(
                index,
                find,
                reference=self.reference,
                platform=self._platform,
                place=self.name,
            )
            self.referrers = referrers_in(index, find, image.digest)
        return image, tuple(passed.outcome(layer.blob, layer.diff_id) for layer in image.layers)


@dataclass(frozen=True, slots=True)
class PassedBlob:
    """A layer that has streamed by, and that nobody can open again."""

    descriptor: Descriptor
    place: str
    member: str
    """Its name in the archive."""

    def open(self) -> IO[bytes]:
        """Raise StoreError: the stream is over."""
        raise StoreError(
            f"{self.place} was read from a stream, and is not kept",
            hint="save the image to a file, and name that",
        )

    def read(self) -> bytes:
        """Raise StoreError: it is no document."""
        raise StoreError(
            f"{self.place} is a layer where a document belongs",
            hint="the image is damaged or made to do harm",
        )


@dataclass(frozen=True, slots=True)
class _Seen(Generic[T]):
    """A member that was shown."""

    size: int
    packing: str
    digest: Digest | None
    """None where it is not packed: then it is a diff_id, which whoever looked at it knows."""
    outcome: T | StoreError


class _Passed(Generic[T]):
    """What is left of an archive that has streamed by (see `docker_archive.Contents`)."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._sizes: dict[str, int] = {}
        self._documents: dict[str, bytes] = {}
        self._seen: dict[str, _Seen[T]] = {}
        self._links: dict[str, str] = {}
        self._kept = 0

    def read(self, stream: Readable, visit: Callable[[IO[bytes]], T]) -> None:
        """Read the tar *stream* to its end, and show its layers to *visit*."""
        source = _Filled(stream)
        heads = Heads(source, self.place)
        while head := heads.next():
            if head.link is not None:
                self._links[head.name] = head.link
                continue
            self._sizes[head.name] = head.size
            self._member(head.name, _Content(source, head.size, heads), visit)
            heads.read(padding(head.size))
        # A tar goes on for some zeros, and whoever writes it would miss a reader.
        while source.read(PIECE):
            pass

    def _member(self, name: str, content: _Content, visit: Callable[[IO[bytes]], T]) -> None:
        start = content.peek(BLOCK)
        packing = packing_of(start) if start else None
        if packing is not None:
            content.hashed = bool(packing)
            outcome: T | StoreError
            try:
                outcome = visit(cast("IO[bytes]", content))
            except StoreError as error:
                outcome = error
            # An error of the archive itself comes again here.
            content.skip()
            self._seen[name] = _Seen(content.size, packing, content.digest, outcome)
        elif start.lstrip()[:1] in (b"{", b"[") and content.size <= LIMIT:
            self._kept += content.size
            if self._kept > _MOST_KEPT:
                raise StoreError(
                    f"{self.place} has more than {_MOST_KEPT >> 20} MiB of documents",
                    hint="it is made to do harm, or no image",
                )
            self._documents[name] = content.take()
        else:
            content.skip()

    def document(self, name: str) -> Node:
        """Return the JSON document *name*; StoreError where it is missing or broken."""
        what = f"`{name}` in {self.place}"
        target = self._target(name)
        if target is None:
            raise missing_document(what)
        content = self._documents.get(target)
        if content is None:
            size = self._sizes[target]
            how = f"has {size} bytes, more than the {LIMIT} that it may have"
            raise Node(None, what).wrong(how if size > LIMIT else "is no JSON document")
        return parse_document(content, what)

    def size(self, name: str) -> int | None:
        """Return the size of the member *name*; None where there is none."""
        target = self._target(name)
        return None if target is None else self._sizes[target]

    def start(self, name: str) -> bytes:
        """Return the first bytes of the member *name*, as far as they say how it is packed."""
        seen = self._seen.get(self._target(name) or "")
        return _MAGIC.get(seen.packing, b"") if seen else b""

    def digest(self, name: str) -> Digest:
        """Return the digest of the member *name*, which is there, as its bytes have it."""
        target = self._target(name) or ""
        seen = self._seen.get(target)
        if seen and seen.digest:
            return seen.digest
        return Digest(f"sha256:{hashlib.sha256(self._documents.get(target, b'')).hexdigest()}")

    def blob(self, descriptor: Descriptor, name: str) -> StoredBlob:
        """Return the member *name*, which is there, as the blob *descriptor*."""
        target = self._target(name) or name
        place = f"`{name}` in {self.place}"
        if target in self._documents:
            return KnownBlob(descriptor, self._documents[target], place)
        return PassedBlob(descriptor, place, target)

    def outcome(self, blob: Blob, diff_id: Digest) -> T | StoreError:
        """Return what came of the layer *blob*, or why nothing did."""
        if isinstance(blob, UnreadableBlob):
            return blob.error
        seen = self._seen.get(blob.member) if isinstance(blob, PassedBlob) else None
        if not isinstance(blob, PassedBlob) or seen is None:
            return StoreError(
                f"the layer {blob.descriptor.digest} is no tar, and neither gzip nor zstd",
                hint="the image is damaged; make it again",
            )
        got = seen.digest or diff_id
        if got != blob.descriptor.digest:
            return DigestMismatchError(wanted=blob.descriptor.digest, got=got, what=blob.place)
        return seen.outcome

    def _target(self, name: str) -> str | None:
        return followed(name, self._links, self._sizes)


_MAGIC: Mapping[str, bytes] = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


class _Counting:
    """A stream whose reading is told, and counted in *size*."""

    def __init__(self, stream: Readable, task: str, progress: Progress | None) -> None:
        self._stream = stream
        self._task = task
        self._progress = progress
        self.size = 0

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(size)
        self.size += len(piece)
        if self._progress and piece:
            self._progress.advance(self._task, len(piece))
        return piece


class _Filled:
    """A stream that gives as much as is asked for, as long as there is as much."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._held = b""
        self._at = 0

    def some(self, size: int) -> bytes:
        """Return up to *size* bytes; nothing at the end only."""
        if self._at == len(self._held):
            self._held, self._at = self._stream.read(PIECE), 0
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def read(self, size: int, /) -> bytes:
        """Return *size* bytes; fewer at the end only."""
        parts = []
        while size and (piece := self.some(size)):
            parts.append(piece)
            size -= len(piece)
        return b"".join(parts)


class _Content(io.RawIOBase):
    """The content of one member, of which whoever gets it may read as little as they like."""

    def __init__(self, source: _Filled, size: int, heads: Heads) -> None:
        super().__init__()
        self.size = size
        self.hashed = False
        self._source = source
        self._heads = heads
        self._left = size
        self._peeked = b""
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        piece = self._next(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to *size* bytes, nothing at the end only; all where that is negative."""
        return self.take() if size is None or size < 0 else self._next(size)

    @property
    def digest(self) -> Digest | None:
        """The digest of what was read, where it was to be computed."""
        return Digest(f"sha256:{self._hash.hexdigest()}") if self.hashed else None

    def peek(self, size: int) -> bytes:
        """Return the first *size* bytes, which are read again."""
        wanted = min(size, self._left)
        self._peeked = self._source.read(wanted)
        self._take_note(len(self._peeked), is_cut=len(self._peeked) < wanted)
        return self._peeked

    def take(self) -> bytes:
        """Return all of it."""
        return b"".join(iter(lambda: self._next(PIECE), b""))

    def skip(self) -> None:
        """Read what is left of it."""
        while self._next(PIECE):
            pass

    def _next(self, size: int) -> bytes:
        if self._peeked:
            piece, self._peeked = self._peeked[:size], self._peeked[size:]
        else:
            wanted = min(size, self._left)
            piece = self._source.some(wanted) if wanted else b""
            self._take_note(len(piece), is_cut=not piece and wanted > 0)
        if self.hashed:
            self._hash.update(piece)
        return piece

    def _take_note(self, size: int, *, is_cut: bool) -> None:
        self._left -= size
        self._heads.passed(size)
        if is_cut:
            raise self._heads.damaged("no end")
