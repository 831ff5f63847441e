"""
One reading of a layer, from front to back: all that is ever learnt of it.

The bytes are hashed as they are stored and as they unpack, every member is noted, every
file is hashed and shown to those who look at contents, and the documents of packages are kept.
Nothing is written anywhere, memory is bounded, and what a bound leaves out is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from boxwright.errors import BoxwrightError
from boxwright.image.decompress import PIECE, Readable, decompressed
from boxwright.image.walk import Header, Walk, shown
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, LayerIndex, Member
from boxwright.scan.looker import START, Begun, Watch
from boxwright.scan.lookers import Lookers
from boxwright.scan.packages.documents import MOST_BYTES_OF_LAYER, wanted

MOST_MEMBERS = 5_000_000
_MOST_OF_NAMES = 1 << 29
"""Characters of all names and links together."""

_WHITEOUT = ".wh."
_OF_AUFS = ".wh..wh."
"""What aufs kept for itself, apart from the mark of opaque folders."""
_OPAQUE = ".wh..wh..opq"
_HARDLINKS_OF_AUFS = ".wh..wh.plnk/"
_EMPTY = hashlib.sha256().digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a reading tells."""

    index: LayerIndex
    digest: str
    """Of the blob as it is stored."""
    size: int
    """Bytes of the blob."""
    problem: str
    """
    What is wrong with how it is packed, in clauses.

    Where the reading ended early for it, the index is that of a part.
    """


def index_layer(
    stream: Readable, lookers: Lookers, *, advance: Callable[[int], object] | None = None
) -> Pass:
    """
    Return what the layer in *stream* holds, whichever way it is packed.

    *advance* is told how many more bytes of *stream* were read; what it raises ends the
    reading. Where *stream* raises a BoxwrightError or an OSError, that is the problem.
    """
    blob = _Hashed(stream.read, advance)
    tar = blob
    reading = _Reading(lookers)
    problem = ""
    try:
        source = decompressed(blob)
        if source.packing:
            tar = _Hashed(source.read)
            reading.read(tar.read)
        else:
            reading.read(source.read)
        problem = "; ".join(source.problems)
    except (BoxwrightError, OSError) as error:
        problem = _said(error)
    try:
        while blob.read(PIECE):
            pass
    except (BoxwrightError, OSError) as error:
        problem = problem or _said(error)
    return Pass(
        index=reading.index(tar.digest, tar.size),
        digest=blob.digest,
        size=blob.size,
        problem=problem,
    )


class _Hashed:
    """Hashes and counts what *read* gives."""

    def __init__(
        self, read: Callable[[int], bytes], advance: Callable[[int], object] | None = None
    ) -> None:
        self._read = read
        self._advance = advance
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int) -> bytes:
        piece = self._read(size)
        self._hash.update(piece)
        self.size += len(piece)
        if self._advance is not None:
            self._advance(len(piece))
        return piece


class _Reading:
    """What is gathered while the members go by."""

    def __init__(self, lookers: Lookers) -> None:
        self._lookers = lookers
        self._begins = (lookers.secrets.begin, lookers.artifacts.begin)
        self._walk = Walk(lambda _: b"")
        self._members: dict[str, Member] = {}
        self._names = 0
        self._repeated: dict[str, int] = {}
        self._replaced: dict[str, tuple[int, int]] = {}
        """How many artifacts and binaries there were when the path came again."""
        self._whiteouts: dict[str, None] = {}
        self._opaque: dict[str, None] = {}
        self._documents: dict[str, bytes] = {}
        self._kept = 0
        self._aufs: dict[str, Member] = {}
        self._problems: tuple[str, ...] = ()

    def read(self, read: Callable[[int], bytes]) -> None:
        """Read the tar that *read* gives, to its end."""
        self._walk = walk = Walk(read)
        try:
            while (header := walk.next()) is not None:
                if header.path in self._members:
                    self._replace(header)
                if header.kind == FILE:
                    self._add(header, *self._content(header))
                else:
                    self._add(header, b"", None)
            walk.finish()
        finally:
            self._problems = walk.problems

    def index(self, diff_id: str, size: int) -> LayerIndex:
        """Return what was gathered, of the tar with *diff_id* and *size*."""
        artifacts, binaries = self._lookers.artifacts.artifacts, self._lookers.artifacts.binaries
        none = (0, 0)
        return LayerIndex(
            diff_id=diff_id,
            size=size,
            members=tuple(self._members.values()),
            repeated=self._repeated,
            whiteouts=tuple(self._whiteouts),
            opaque=tuple(self._opaque),
            documents=self._documents,
            # Credentials of what is replaced in the same layer ship like all others.
            secrets=tuple(self._lookers.secrets.hits),
            artifacts=tuple(
                found
                for at, found in enumerate(artifacts)
                if at >= self._replaced.get(found.path, none)[0]
            ),
            binaries=tuple(
                found
                for at, found in enumerate(binaries)
                if at >= self._replaced.get(found.path, none)[1]
            ),
            problems=(*self._problems, *self._lookers.secrets.problems),
        )

    def _content(self, header: Header) -> tuple[bytes, bytes | None]:
        """Return the digest of a file's content, and the content where it is to be kept."""
        walk, path, size = self._walk, header.path, header.stored
        if not size:
            return (b"" if header.sparse else _EMPTY), b"" if wanted(path, 0) else None
        if header.sparse:
            return b"", None
        start = walk.take(START)
        begun = Begun(path, size, header.mode, start)
        watches: list[Watch] = []
        for begin in self._begins:
            watch = begin(begun)
            if watch is not None:
                watch.feed(start)
                watches.append(watch)
        is_wanted = wanted(path, size)
        pieces = [start]
        result = hashlib.sha256(start)
        if size > START:
            for piece in walk.pieces():
                result.update(piece)
                for watch in watches:
                    watch.feed(piece)
                if is_wanted:
                    pieces.append(piece)
        if walk.is_cut:
            return b"", None
        for watch in watches:
            watch.close()
        return result.digest(), b"".join(pieces) if is_wanted else None

    def _add(self, header: Header, digest: bytes, content: bytes | None) -> None:
        path, link = header.path, header.link
        if _WHITEOUT in path and self._is_mark(header, digest):
            return
        if not path:
            if header.kind != DIRECTORY:
                self._walk.note("nameless", "a member without a name")
            return
        member = Member(
            path, header.kind, header.mode, header.uid, header.gid, header.size, header.mtime,
            link, digest, header.capability,
        )  # fmt: skip
        if header.kind == HARDLINK and link.startswith(_HARDLINKS_OF_AUFS):
            member = self._of_aufs(member)
        if self._has_room(member):
            self._members[path] = member
            if content is not None:
                self._keep(path, content)

    def _is_mark(self, header: Header, digest: bytes) -> bool:
        """Take *header* for a mark of what the layers below lose, or for what aufs left behind."""
        path = header.path
        folder, slash, name = path.rpartition("/")
        if name == _OPAQUE:
            self._opaque[folder] = None
        elif name.startswith(_OF_AUFS) or path.startswith(_OF_AUFS) or f"/{_OF_AUFS}" in path:
            self._walk.note("aufs", f"{shown(path)} is left over from aufs, and in no container")
            if path.startswith(_HARDLINKS_OF_AUFS):
                self._aufs[path] = Member(name, size=header.size, digest=digest)
        elif name.startswith(_WHITEOUT):
            removed = name.removeprefix(_WHITEOUT)
            if removed in ("", ".", ".."):
                self._walk.note("whiteout", f"{shown(path)} removes nothing that has a name")
            else:
                self._whiteouts[folder + slash + removed] = None
        else:
            return False
        return True

    def _of_aufs(self, link: Member) -> Member:
        """Return the file that *link* is, whose content aufs kept elsewhere in the layer."""
        file = self._aufs.get(link.link)
        if file is None:
            return link
        return msgspec.structs.replace(link, kind=FILE, link="", size=file.size, digest=file.digest)

    def _has_room(self, member: Member) -> bool:
        self._names += len(member.path) + len(member.link)
        if len(self._members) < MOST_MEMBERS and self._names <= _MOST_OF_NAMES:
            return True
        self._walk.note(
            "members",
            f"more than {len(self._members):,} members, of which {shown(member.path)} was left out",
        )
        return False

    def _replace(self, header: Header) -> None:
        """Forget the member in whose place *header* comes in the same layer."""
        path = header.path
        before = self._members.pop(path)
        if (before.kind == DIRECTORY) != (header.kind == DIRECTORY):
            self._walk.note("turned", f"{shown(path)} is a folder once and something else then")
        if before.kind == FILE:
            found = self._lookers.artifacts
            if before.size:
                self._repeated[path] = self._repeated.get(path, 0) + before.size
            self._replaced[path] = len(found.artifacts), len(found.binaries)
            self._kept -= len(self._documents.pop(path, b""))

    def _keep(self, path: str, content: bytes) -> None:
        self._kept += len(content)
        if self._kept > MOST_BYTES_OF_LAYER:
            self._kept -= len(content)
            self._walk.note(
                "documents",
                f"documents of packages with more than {MOST_BYTES_OF_LAYER >> 20} MiB, of which"
                f" {shown(path)} was not read",
            )
            return
        self._documents[path] = content


def _said(error: BoxwrightError | OSError) -> str:
    if isinstance(error, BoxwrightError):
        return error.message
    return f"it cannot be read: {error.strerror or error}"
