"""Files that appear whole or not at all."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from boxwright.errors import StoreError
from boxwright.image.blob import FileBlob, bytes_blob
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.store.copy import copy_blob, new_file


def file_blob(path: Path, content: bytes, size: int | None = None) -> FileBlob:
    path.write_bytes(content)
    descriptor = Descriptor(
        media_type="x", digest=digest_of(content), size=len(content) if size is None else size
    )
    return FileBlob(descriptor, path)


def test_a_file_that_was_finished_is_there(tmp_path) -> None:
    with new_file(tmp_path / "a") as file:
        file.write(b"content")
        there_before = [path.name for path in tmp_path.iterdir() if path.name == "a"]

    assert there_before == []
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"content")]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, StoreError])
def test_a_file_that_was_not_finished_is_what_it_was(tmp_path, error: type[BaseException]) -> None:
    (tmp_path / "a").write_bytes(b"before")

    def write() -> None:
        with new_file(tmp_path / "a") as file:
            file.write(b"after")
            raise error("stop")

    with pytest.raises(error):
        write()

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"before")]


def test_the_mode_is_what_the_umask_leaves(tmp_path) -> None:
    before = os.umask(0o027)
    try:
        with new_file(tmp_path / "a"):
            pass
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("size", [0, 1, 5 << 20])
def test_a_blob_is_copied_after_what_was_written(tmp_path, size: int) -> None:
    content = os.urandom(size)
    told: list[int] = []

    with new_file(tmp_path / "a") as file:
        file.write(b"before")
        copy_blob(file_blob(tmp_path / "blob", content), file, told.append)
        file.write(b"after")

    assert (tmp_path / "a").read_bytes() == b"before" + content + b"after"
    assert sum(told) == size


def test_a_blob_is_copied_into_memory(tmp_path) -> None:
    stream = io.BytesIO()

    copy_blob(file_blob(tmp_path / "blob", b"content"), stream, lambda _: None)
    copy_blob(bytes_blob("x", b" and more"), stream, lambda _: None)

    assert stream.getvalue() == b"content and more"


@pytest.mark.parametrize("size", [6, 8])
def test_a_blob_of_another_size_is_refused(tmp_path, size: int) -> None:
    blob = file_blob(tmp_path / "blob", b"content", size)

    with pytest.raises(StoreError) as caught:
        copy_blob(blob, io.BytesIO(), lambda _: None)

    assert caught.value.message == (
        f"the blob {digest_of(b'content')} has not the {size} bytes that its descriptor promises"
    )
    assert caught.value.hint == f"remove `{tmp_path / 'blob'}`"


def test_a_blob_that_is_gone_is_named(tmp_path) -> None:
    blob = file_blob(tmp_path / "blob", b"content")
    blob.path.unlink()

    with pytest.raises(StoreError) as caught:
        copy_blob(blob, io.BytesIO(), lambda _: None)

    assert caught.value.message == (
        f"`{tmp_path / 'blob'}` cannot be read: No such file or directory"
    )
