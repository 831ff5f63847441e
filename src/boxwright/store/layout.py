"""
OCI image layouts: a folder with `oci-layout`, `index.json` and blobs (image-spec, image-layout.md).

A layout can hold several images; each has a name in `index.json`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boxwright.errors import BoxwrightError, StoreError
from boxwright.image.blob import Blob
from boxwright.image.image import Image
from boxwright.oci import annotations, media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, hex_of
from boxwright.oci.document import LIMIT, parse_document
from boxwright.oci.manifest import Index, Manifest
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.progress import Progress, Silent
from boxwright.store.copy import (
    TEMPORARY,
    copy_blob,
    new_file,
    reading_failed,
    write_file,
    writing_failed,
)
from boxwright.store.stored import names_of, read_image
from boxwright.store.verified import VerifiedBlob, file_source

LAYOUT_VERSION = canonical_json({"imageLayoutVersion": "1.0.0"})
"""What the file `oci-layout` holds."""


def write(
    folder: Path,
    image: Image,
    reference: str | None,
    *,
    verify: bool = False,
    progress: Progress | None = None,
) -> int:
    """
    Write *image* into the layout *folder*, and return how many bytes of blobs were new.

    The folder is made if need be. Other images in it stay; one of the same name is
    replaced, and the blobs that only it had are removed. Blobs that are there already
    are not written again; *verify* has them read and compared. `index.json` comes last,
    in one step: whoever reads the layout sees the image that was there or the new one.
    """
    entry = index_entry(image, reference)
    with _locked(folder) as made, _undone_on_failure(folder, made=made) as added:
        _check_layout(folder)
        index = _read_raw_index(folder)
        _write_if_other(folder / "oci-layout", LAYOUT_VERSION)
        copied = _write_blobs(folder, image, added, verify, progress or Silent())
        replaced = _replace(index["manifests"], entry)
        if replaced or not (folder / "index.json").exists():
            write_file(folder / "index.json", canonical_json(index))
        added.clear()
        _remove_unreachable(folder, index, replaced)
    return copied


def read(
    folder: Path, reference: str | None = None, *, platform: Platform | None = None
) -> Image:
    """
    Return the image that *reference* names in the layout *folder*, or the only one in it.

    Manifest and configuration are checked here, layers when they are read to their end.
    """
    if not (folder / "oci-layout").is_file():
        raise StoreError(
            f"`{folder}` is no OCI image layout: it has no file `oci-layout`",
            hint="name the folder that was given to `--output`",
        )
    _check_layout(folder)
    index = Index.from_dict(_read_document(folder / "index.json"))

    def find(descriptor: Descriptor) -> VerifiedBlob:
        return _blob(folder, descriptor)

    return read_image(
        index, find, reference=reference, platform=platform, place=f"the layout `{folder}`"
    )


def index_entry(image: Image, reference: str | None) -> Descriptor:
    """Return how *image* is listed in an `index.json`, under the name *reference*."""
    names: dict[str, str] = {}
    if reference is not None:
        parsed = parse_reference(reference)
        if parsed.digest:
            raise StoreError(
                f"`{reference}` names a digest, which an image has and is not given",
                hint="name the image `name:tag`",
            )
        names = {annotations.CONTAINERD_NAME: str(parsed), annotations.REF_NAME: parsed.tag}
    manifest = image.manifest.descriptor
    return Descriptor(
        media_type=manifest.media_type,
        digest=manifest.digest,
        size=manifest.size,
        annotations=names,
        platform=image.platform.to_dict(),
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Have *folder* to ourselves, made if need be; give whether it was made."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(
            f"`{folder}` is a file, not a folder",
            hint="for one file give a name that ends in `.tar`",
        ) from error
    except OSError as error:
        raise writing_failed(folder, error) from error
    try:
        # Some network file systems know no locks; two builds into one folder are rare.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield made
    finally:
        os.close(handle)


@contextlib.contextmanager
def _undone_on_failure(folder: Path, *, made: bool) -> Iterator[list[Path]]:
    """Give a list; files that stand in it are removed if an error ends the block."""
    added: list[Path] = []
    try:
        yield added
    finally:
        for path in added:
            path.unlink(missing_ok=True)
        if made and not (folder / "index.json").exists():
            (folder / "oci-layout").unlink(missing_ok=True)
            for path in (folder / "blobs" / "sha256", folder / "blobs", folder):
                with contextlib.suppress(OSError):
                    path.rmdir()


def _check_layout(folder: Path) -> None:
    """Raise StoreError unless *folder* is a layout or has nothing in it."""
    version = folder / "oci-layout"
    if version.is_file():
        found = _read_document(version).member("imageLayoutVersion")
        if not found.text().startswith("1."):
            raise found.unexpected("version `1.0.0`")
        return
    try:
        others = sorted(
            path.name for path in folder.iterdir() if not path.name.startswith(TEMPORARY)
        )
    except OSError as error:
        raise reading_failed(str(folder), error) from error
    if others:
        raise StoreError(
            f"the folder `{folder}` is not empty and no OCI image layout: it holds `{others[0]}`",
            hint="write to a new folder, or empty this one",
        )


def _read_document(path: Path) -> Any:  # noqa: ANN401
    raise NotImplementedError


def _write_blobs(
    folder: Path, image: Image, added: list[Path], verify: bool, progress: Progress
) -> int:
    blobs: list[Blob] = [*(layer.blob for layer in image.layers), image.config, image.manifest]
    place = folder / "blobs" / "sha256"
    try:
        place.mkdir(parents=True, exist_ok=True)
        # The lock is ours, so these are of builds that were killed.
        for path in (*folder.glob(f"{TEMPORARY}*"), *place.glob(f"{TEMPORARY}*")):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise writing_failed(place, error) from error
    missing = {
        blob.descriptor.digest: blob
        for blob in blobs
        if not _is_there(folder, blob.descriptor, verify=verify)
    }
    total = sum(blob.descriptor.size for blob in missing.values())
    task = f"write {folder}"
    progress.start(task, total)
    for digest, blob in missing.items():
        path = place / hex_of(digest)
        existed = path.exists()
        with new_file(path) as file:
            copy_blob(blob, file, lambda amount: progress.advance(task, amount))
        if not existed:
            added.append(path)
    progress.finish(task)
    return total
