"""Copying blobs into files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from boxwright.errors import StoreError
from boxwright.image.blob import Blob, FileBlob

TEMPORARY = ".boxwright-"
"""How the names of files begin that are being written, beside what they will become."""

_STALE_AFTER = 24 * 3600
"""Seconds after which nobody writes a temporary file any more."""

_PIECE = 1 << 20
_RANGE = 32 << 20
"""Bytes that the kernel copies in one call, after which progress is told."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """
    Give a file to write to that becomes *path* when all went well, and else is gone.

    What *path* was before stays until then. Its mode is what the umask leaves.
    """
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        file = temporary.open("xb")
    except OSError as error:
        raise writing_failed(path, error) from error
    try:
        try:
            yield file
            file.close()
            temporary.replace(path)
        except OSError as error:
            raise writing_failed(path, error) from error
    finally:
        # Closing tries once more to write what a full disk refused.
        with contextlib.suppress(OSError):
            file.close()
        temporary.unlink(missing_ok=True)


def write_file(path: Path, content: bytes) -> None:
    """Make *content* what the file *path* holds."""
    with new_file(path) as file:
        file.write(content)


def remove_stale(folder: Path) -> None:
    """Remove the files in *folder* that were being written when a build was killed long ago."""
    for path in folder.glob(f"{TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _STALE_AFTER:
                path.unlink()


def copy_blob(blob: Blob, target: IO[bytes], advance: Callable[[int], object]) -> None:
    """
    Append the content of *blob* to *target*; *advance* is told the bytes as they are done.

    A FileBlob's content is trusted to be what its digest says. OSError is that of *target*.
    """
    left = blob.descriptor.size
    with _opened(blob) as source:
        if isinstance(blob, FileBlob):
            left -= _copy_ranges(source, target, left, advance)
        while left > 0:
            try:
                piece = source.read(min(_PIECE, left))
            except OSError as error:
                raise reading_failed(str(blob.descriptor.digest), error) from error
            if not piece:
                break
            target.write(piece)
            left -= len(piece)
            advance(len(piece))
        # A blob that verifies itself does so at its end, so the end has to be read.
        if left or source.read(1):
            raise StoreError(
                f"the blob {blob.descriptor.digest} has not the {blob.descriptor.size} bytes"
                " that its descriptor promises",
                hint=f"remove `{blob.path}`" if isinstance(blob, FileBlob) else "",
            )


def writing_failed(path: Path, error: OSError) -> StoreError:
    """Return the error that says that *path* cannot be written."""
    if error.errno in _NO_ROOM:
        hint = "make room, or write to another disk"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "write to a folder that is yours, or change its permissions"
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        hint = f"make the folder `{path.parent}` first"
    else:
        hint = "write to another place"
    return StoreError(f"`{path}` cannot be written: {error.strerror or error}", hint=hint)


def reading_failed(what: str, error: OSError) -> StoreError:
    """Return the error that says that *what* cannot be read."""
    return StoreError(
        f"`{what}` cannot be read: {error.strerror or error}",
        hint="check that it is there and that you may read it",
    )


@contextlib.contextmanager
def _opened(blob: Blob) -> Iterator[IO[bytes]]:
    try:
        source = blob.open()
    except OSError as error:
        raise reading_failed(str(error.filename or blob.descriptor.digest), error) from error
    with source:
        yield source


def _copy_ranges(
    source: IO[bytes], target: IO[bytes], size: int, advance: Callable[[int], object]
) -> int:
    """
    Have the kernel copy up to *size* bytes, and return how many it did.

    It does none where it cannot: to a pipe, between some file systems, on macOS. Where
    the file system can share blocks nothing is copied at all.
    """
    if not hasattr(os, "copy_file_range"):
        return 0
    try:
        source_handle, target_handle = source.fileno(), target.fileno()
    except OSError:  # io.UnsupportedOperation: a file in memory
        return 0
    target.flush()
    done = 0
    while done < size:
        try:
            copied = os.copy_file_range(source_handle, target_handle, min(_RANGE, size - done))
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise
            break
        if not copied:
            break
        done += copied
        advance(copied)
    # The buffered reader has read nothing yet, so it goes on where the kernel stopped.
    return done
