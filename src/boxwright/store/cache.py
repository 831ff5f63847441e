"""
Blobs by digest on this machine, and what is remembered about them.

    blobs/sha256/<hex>      content that has that digest, never written again
    records/<kind>/<hex>    JSON that was computed from inputs with that digest
    tmp/                    what is being written

Everything appears by renaming a finished file, so that a build that is killed, or two
builds at once, leave nothing half-written behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import Blob
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of, hex_of

_STALE_AFTER = 24 * 3600
"""Seconds after which a temporary file belongs to a build that was killed."""

_SETTLED_AFTER = 2
"""Seconds after which another change to a file is sure to show in its time."""


Record = dict[str, Any]
Trail = dict[tuple[str, Digest], Record | None]
"""Kinds and keys of records, each with the record itself where it is not among our own."""

KINDS = frozenset({"collisions", "imports", "layers", "stacks", "wheels"})
"""Those records that are the same for everybody."""

BORROWED: Record = {"borrowed": True}
"""In a trail: a record of the shared cache that nobody looked at."""


class Shared(Protocol):
    """
    A cache that several machines share, as far as a build asks it.

    What it says is another's word: blobs are checked as they are read, records cannot be.
    """

    def recall(self, kind: str, key: Digest) -> Record | None:
        """Return what somebody found out of *key*, None if nobody did or it cannot be had."""
        ...

    def expect(self, kind: str, keys: Sequence[Digest]) -> None:
        """Get ready to say what is known of *keys*, of all of them at once."""
        ...

    def blobs(self, descriptors: Sequence[Descriptor]) -> list[Blob | None]:
        """Return the blobs of *descriptors*, each of them None where it is not there."""
        ...


class BlobWriter:
    """A blob that is being written; `commit` gives it its name."""

    def __init__(self, file: IO[bytes], cache: Cache) -> None:
        self._file = file
        self._cache = cache
        self._hash = hashlib.sha256()
        self.size = 0
        """Bytes written so far."""
        self.committed: Path | None = None

    def write(self, content: bytes) -> None:
        """Append *content*."""
        self._hash.update(content)
        try:
            self._file.write(content)
        except OSError as error:
            raise self._cache.writing_failed(error) from error
        self.size += len(content)

    def commit(self, wanted: Digest | None = None, *, what: str = "the blob") -> Digest:
        """
        Keep what was written, and return its digest.

        Raises DigestMismatchError where it is not *wanted*; then nothing is kept.
        """
        digest = Digest(f"sha256:{self._hash.hexdigest()}")
        if wanted is not None and digest != wanted:
            raise DigestMismatchError(wanted=wanted, got=digest, what=what)
        path = self._cache.blob_path(digest)
        try:
            self._file.flush()
            path.parent.mkdir(parents=True, exist_ok=True)
            Path(self._file.name).rename(path)
        except OSError as error:
            raise self._cache.writing_failed(error) from error
        self.committed = path
        return digest


class Cache:
    """
    The cache in the folder *root*, which is made when something is first kept.

    What is not there may be in the *shared* one. Its records never become our own: what
    it said is believed only by builds that were told to ask it.
    """

    def __init__(self, root: Path, shared: Shared | None = None) -> None:
        self.root = root
        self.shared = shared
        self.used: Trail = {}
        """What was found or made for others to find."""
        self._trails: list[Trail] = [self.used]

    def alone(self) -> Cache:
        """Return this cache without the shared one; what is used of it is noted here."""
        other = Cache(self.root)
        other.used, other._trails = self.used, self._trails
        return other

    def use(self, kind: str, key: Digest, record: Record | None = None) -> None:
        """Note that what is known of *key* is of use; *record* is that, if it is not our own."""
        for trail in self._trails:
            trail[kind, key] = record

    @contextlib.contextmanager
    def trail(self) -> Iterator[Trail]:
        """Give what will list all that is used until the block ends."""
        trail: Trail = {}
        self._trails.append(trail)
        try:
            yield trail
        finally:
            self._trails.pop()

    def blob_path(self, digest: Digest) -> Path:
        """Return where the blob of *digest* is, or would be."""
        return self.root / "blobs" / "sha256" / hex_of(digest)

    def find(self, digest: Digest) -> Path | None:
        """Return the file of the blob of *digest*, if it is here."""
        path = self.blob_path(digest)
        return path if path.is_file() else None

    def size_of(self, digest: Digest) -> int | None:
        """Return how many bytes the blob of *digest* has, None if it is not here."""
        try:
            return self.blob_path(digest).stat().st_size
        except OSError:
            return None

    def digest_of_file(self, path: Path) -> Digest:
        """
        Return the digest of the file *path*, without reading it again if it was not changed.

        A file is taken to be the same as long as its path, size, inode and both of its
        times are, to the nanosecond: what Git, too, trusts.
        """
        seen = path.stat()
        state = [seen.st_size, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns]
        key = digest_of(os.fsencode(path.absolute()))
        record = self.recall("files", key)
        if record is not None and record.get("state") == state:
            return Digest(str(record["digest"]))
        with path.open("rb") as file:
            digest = Digest(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")
        if seen.st_mtime < time.time() - _SETTLED_AFTER:
            self.remember("files", key, {"state": state, "digest": digest})
        return digest

    @contextlib.contextmanager
    def writer(self) -> Iterator[BlobWriter]:
        """Give a blob to write to; what was not committed is gone afterwards."""
        with self.temporary() as path:
            try:
                file = path.open("wb")
            except OSError as error:
                raise self.writing_failed(error) from error
            try:
                yield BlobWriter(file, self)
            finally:
                # Closing tries once more to write what a full disk refused.
                with contextlib.suppress(OSError):
                    file.close()

    @contextlib.contextmanager
    def temporary(self) -> Iterator[Path]:
        """Give the path of an empty file that is gone afterwards, unless it was renamed."""
        folder = self.root / "tmp"
        try:
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder)
        except OSError as error:
            raise self.writing_failed(error) from error
        os.close(handle)
        path = Path(name)
        path.chmod(0o644)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def put(self, content: bytes) -> Digest:
        """Keep *content* and return its digest."""
        with self.writer() as writer:
            writer.write(content)
            return writer.commit()

    def remember(self, kind: str, key: Digest, record: dict[str, Any]) -> None:
        """Keep *record* as what is known of *key*."""
        path = self.root / "records" / kind / hex_of(key)
        with self.temporary() as temporary:
            try:
                temporary.write_bytes(canonical_json(record))
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.rename(path)
            except OSError as error:
                raise self.writing_failed(error) from error

    def recall(self, kind: str, key: Digest) -> dict[str, Any] | None:
        """Return what is known of *key*, None if nothing is or it cannot be read."""
        try:
            record = json.loads((self.root / "records" / kind / hex_of(key)).read_bytes())
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) else None

    def knows(self, kind: str, key: Digest) -> bool:
        """Return whether something is known of *key*."""
        return (self.root / "records" / kind / hex_of(key)).is_file()

    def sweep(self) -> None:
        """Remove what builds that were killed left behind."""
        with contextlib.suppress(OSError):
            for path in (self.root / "tmp").iterdir():
                if path.stat().st_mtime < time.time() - _STALE_AFTER:
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)

    def writing_failed(self, error: OSError) -> StoreError:
        """Return the error that says that the cache cannot be written."""
        return StoreError(
            f"the cache `{self.root}` cannot be written: {error.strerror or error}",
            hint="make room or set BOXWRIGHT_CACHE_DIR to a folder that can be written",
        )
