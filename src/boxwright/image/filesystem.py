"""Layers → the files that a container sees (image-spec, layer.md, "Whiteouts")."""

from __future__ import annotations

import contextlib
import tarfile
from collections.abc import Iterator
from typing import Any

from isal import igzip

from boxwright.image.image import Image, Layer

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


@contextlib.contextmanager
def open_tar(layer: Layer) -> Iterator[tarfile.TarFile]:
    """
    Open the tar of the gzip *layer* for reading from front to back.

    `tarfile` itself would stop after the first of several gzip members.
    """
    with layer.blob.open() as blob:
        inflated: Any = igzip.IGzipFile(fileobj=blob)  # type: ignore[no-untyped-call]
        with tarfile.open(fileobj=inflated, mode="r|") as members:
            yield members


def read_files(image: Image) -> dict[str, tarfile.TarInfo]:
    """
    Return every entry of the merged layers of *image*, by its path without a leading `/`.

    Only gzip layers, as boxwright writes them, are read.
    """
    files: dict[str, tarfile.TarInfo] = {}
    for layer in image.layers:
        with open_tar(layer) as members:
            for member in members:
                folder, _, name = member.name.rpartition("/")
                if name == _OPAQUE:
                    _remove_below(files, folder)
                elif name.startswith(_WHITEOUT):
                    removed = f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/")
                    files.pop(removed, None)
                    _remove_below(files, removed)
                else:
                    files[member.name] = member
    return files


def _remove_below(files: dict[str, tarfile.TarInfo], folder: str) -> None:
    for path in [path for path in files if path.startswith(f"{folder}/")]:
        del files[path]
