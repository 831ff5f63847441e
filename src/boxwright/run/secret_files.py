"""Copies of credentials that the container's user can read and nobody else on this machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from boxwright.errors import SettingsError
from boxwright.run.model import Container, SecretFile

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own in it)
_PREFIX = "boxwright-secrets-"
_MOST = 1 << 20
_NEW = 5.0
"""Seconds in which its maker may not have locked a folder yet."""


@contextlib.contextmanager
def copied_secrets(container: Container) -> Iterator[Container]:
    """
    Give *container* with secrets that its user can read; they are gone when the block ends.

    The folder is open to nobody else, and in memory where there is such a place. The files
    in it are readable by all, since nobody here knows who the container's user is: who
    cannot pass the folder does not reach them, and the container has only the files.

    What was left by one of us that was killed is removed: whoever lives holds a lock.
    """
    if not container.secrets:
        yield container
        return
    place = _place()
    _remove_left(place)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        copies = []
        for secret in container.secrets:
            copy = folder / secret.name
            handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(_content(secret))
                os.fchmod(handle, 0o444)
            copies.append(replace(secret, path=copy, value=None))
        yield replace(container, secrets=tuple(copies))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_left(place: Path | None) -> None:
    """Remove the folders of ours in *place* whose makers are gone."""
    for folder in (place or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            # In a place for all, others may make folders and links with such names.
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                told = os.fstat(handle)
                if told.st_uid != os.geteuid() or time.time() - told.st_mtime < _NEW:
                    continue
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _content(secret: SecretFile) -> bytes:
    if secret.value is not None:
        return secret.value.encode()
    assert secret.path is not None  # noqa: S101 (one of the two is there)
    try:
        handle = os.open(secret.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            # What a shell's `<(…)` gives is a pipe.
            os.set_blocking(handle, True)
            content = file.read(_MOST + 1)
    except OSError as error:
        raise SettingsError(
            f"the secret `{secret.name}` cannot be read from `{secret.path}`:"
            f" {error.strerror or error}",
            hint="name a file that you may read",
        ) from error
    if len(content) > _MOST:
        raise SettingsError(
            f"the secret `{secret.name}` has more than a megabyte",
            hint="mount what is that large: `--mount FILE:PATH`",
        )
    return content


def _place() -> Path | None:
    """Return a folder in memory; None where this machine has none that we know of."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    for place in (*([Path(named)] if named else []), _IN_MEMORY):
        if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
            return place
    return None
