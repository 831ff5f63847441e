"""Where the bytes of a locked file are: in the cache, in a local folder, or at a URL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from boxwright.errors import FetchError
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of, parse_digest
from boxwright.store.cache import Cache
from boxwright.store.transport import redact

_REMEMBER_FROM = 1_000_000
"""Smaller files are read faster than remembered."""


def digest_of_file(path: Path, cache: Cache) -> tuple[Digest, int]:
    """
    Return digest and size of the file *path*.

    The digest of a big one is remembered by place, size, time and inode.
    """
    try:
        found = path.stat()
        identity = [str(path.resolve()), found.st_size, found.st_mtime_ns, found.st_ino]
        key = digest_of(canonical_json(identity))
        is_big = found.st_size >= _REMEMBER_FROM
        if is_big and (record := cache.recall("files", key)):
            try:
                return parse_digest(str(record.get("digest"))), found.st_size
            except ValueError:
                pass
        with path.open("rb") as file:
            digest = Digest(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")
    except OSError as error:
        raise FetchError(
            f"`{path}` cannot be read: {error.strerror or error}",
            hint="check the file and its permissions",
        ) from error
    if is_big:
        cache.remember("files", key, {"digest": digest})
    return digest, found.st_size


def find_local(folders: Iterable[Path], name: str, digest: Digest, cache: Cache) -> Path | None:
    """Return the file *name* in one of *folders*, if it has *digest*."""
    for folder in folders:
        path = folder / name
        if path.is_file() and digest_of_file(path, cache)[0] == digest:
            return path
    return None


def remember_urls(urls: Iterable[tuple[str, str]], cache: Cache) -> None:
    """Remember where files are, each a pair of digest and URL; without credentials."""
    for digest, url in urls:
        # Never in a lock: hosts differ from machine to machine.
        record = {"url": redact(url)}
        key = Digest(digest)
        if cache.recall("urls", key) != record:
            cache.remember("urls", key, record)


def recall_url(digest: Digest, cache: Cache) -> str:
    """Return where the file of *digest* was last seen, empty where that is not known."""
    return str((cache.recall("urls", digest) or {}).get("url", ""))
