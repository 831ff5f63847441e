"""`boxwright.lock` as text: TOML, sorted, the same for the same lock."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from boxwright.errors import LockError
from boxwright.lock.model import Lock, LockedImage

FILE_NAME = "boxwright.lock"
_VERSION = 1
_HEAD = """\
# What goes into the image, by digest. Made by `boxwright lock`; commit it, do not edit it.
"""
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION_OF_GLIBC = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_AGAIN = "run `boxwright lock --upgrade` to make it again"


def read_lock(path: Path) -> Lock | None:
    """
    Return the lock in *path*, None where there is none.

    Raises LockError, with the key from the root, where it is not one.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LockError(f"`{path.name}` is no valid TOML: {error}", hint=_AGAIN) from error
    except OSError as error:
        raise LockError(
            f"`{path.name}` cannot be read: {error.strerror or error}",
            hint="check the file and its permissions",
        ) from error
    version = document.pop("version", None)
    if version != _VERSION:
        raise LockError(
            f"`{path.name}`: `version` is `{version}`, this boxwright reads {_VERSION}",
            hint=f"use the boxwright that wrote it, or {_AGAIN}",
        )
    import msgspec

    try:
        lock = msgspec.convert(document, Lock)
    except msgspec.ValidationError as error:
        raise LockError(f"`{path.name}`: {_spelled(str(error))}", hint=_AGAIN) from error
    _check(lock, path.name)
    return lock


def write_lock(path: Path, lock: Lock) -> None:
    """Write *lock* to *path*; a reader sees the old text or the new one, never a part."""
    text = lock_text(lock)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            # mkstemp's are the owner's alone; a lock is a source file like the others.
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise LockError(
            f"`{path}` cannot be written: {error.strerror or error}",
            hint="check the permissions of the folder and the room on the disk",
        ) from error


def lock_text(lock: Lock) -> str:
    """Return *lock* as TOML."""
    import tomli_w

    document = {"version": _VERSION, **_plain(lock)}
    return _HEAD + tomli_w.dumps(document, indent=2)


def _plain(value: Any) -> Any:  # noqa: ANN401 (a document is any of many types)
    """Return *value* as TOML has it, without what is as it is by default."""
    if is_dataclass(value):
        pairs = ((part, getattr(value, part.name)) for part in fields(value))
        return {part.name: _plain(content) for part, content in pairs if content != part.default}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _check(lock: Lock, name: str) -> None:
    """Refuse what no lock of ours says: other digests, paths that lead elsewhere."""
    _check_digest(lock.inputs, "inputs", name)
    parts = [
        *((f"platforms[{number}]", part) for number, part in enumerate(lock.platforms)),
        *((f"helpers[{number}]", part) for number, part in enumerate(lock.helpers)),
    ]
    for place, platform in parts:
        for index, deb in enumerate(platform.debs):
            key = f"{place}.debs[{index}]"
            _check_digest(deb.digest, f"{key}.digest", name)
            if deb.path.startswith("/") or ".." in deb.path.split("/") or deb.size < 0:
                raise LockError(f"`{name}`: {key} leads out of the archive", hint=_AGAIN)
        if platform.image is not None:
            _check_image(platform.image, f"{place}.image", name)
        for index, wheel in enumerate(platform.wheels):
            key = f"{place}.wheels[{index}]"
            for where, file in ((key, wheel), (f"{key}.source", wheel.source)):
                if file is None:
                    continue
                if file.digest is not None:
                    _check_digest(file.digest, f"{where}.digest", name)
                if "/" in file.file or file.file.startswith(".") or file.size < 0:
                    raise LockError(f"`{name}`: {where}.file is no file name", hint=_AGAIN)
            if wheel.source is None and not (wheel.file and wheel.digest):
                raise LockError(f"`{name}`: {key} has neither file nor source", hint=_AGAIN)


def _check_image(image: LockedImage, key: str, name: str) -> None:
    _check_digest(image.digest, f"{key}.digest", name)
    if image.index is not None:
        _check_digest(image.index, f"{key}.index", name)
    if not _VERSION_OF_GLIBC.fullmatch(image.glibc):
        raise LockError(f"`{name}`: {key}.glibc is no version: `{image.glibc}`", hint=_AGAIN)
    for at, layer in enumerate(image.layers):
        _check_digest(layer.digest, f"{key}.layers[{at}].digest", name)
        _check_digest(layer.diff_id, f"{key}.layers[{at}].diff_id", name)
        if layer.size < 0 or layer.unpacked < 0:
            raise LockError(f"`{name}`: {key}.layers[{at}].size is none", hint=_AGAIN)
    python = image.python
    for path in (python.program, python.library, *python.shared):
        if path.startswith("/") or ".." in path.split("/"):
            raise LockError(f"`{name}`: {key}.python leads out of the image", hint=_AGAIN)
    if not python.program or any(not 0 <= at < len(image.layers) for at in python.layers):
        raise LockError(f"`{name}`: {key}.python names no program or layer", hint=_AGAIN)


def _check_digest(digest: str, key: str, name: str) -> None:
    if not _SHA256.fullmatch(digest):
        raise LockError(f"`{name}`: {key} is no sha256 digest: `{digest}`", hint=_AGAIN)


def _spelled(text: str) -> str:
    """
    Return msgspec's message with the key as our messages have it.

    >>> _spelled("Expected `str`, got `int` - at `$.platforms[0].suite`")
    'platforms[0].suite: expected `str`, got `int`'
    """
    message, _, place = text.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    message = message[:1].lower() + message[1:]
    return f"{key}: {message}" if key else message
