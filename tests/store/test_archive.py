"""Archives: what they are made of, and what is read from them."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.image import Image, make_image
from boxwright.image.validate import validate
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import Digest, hex_of
from boxwright.oci.platform import Platform
from boxwright.store import archive, layout

CONFIG = ImageConfig(platform=Platform("linux", "amd64"), created="1980-01-01T00:00:01Z")


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as opened:
        return {
            member.name: file.read() for member in opened if (file := opened.extractfile(member))
        }


def test_what_is_written_is_read_back(tmp_path, random_image) -> None:
    image = random_image(layers=3)
    archive.write(tmp_path / "image.tar", image, "name:1")

    found = archive.read(tmp_path / "image.tar")

    assert (found.manifest, found.config) == (image.manifest, image.config)
    assert validate(found) == ()


def test_it_is_a_layout_and_what_docker_saves(tmp_path, random_image) -> None:
    image = random_image()
    archive.write(tmp_path / "image.tar", image, "team/name:1")
    layout.write(tmp_path / "layout", image, "team/name:1")

    found = unpacked(tmp_path / "image.tar")

    manifest = json.loads(found.pop("manifest.json"))
    assert manifest == [
        {
            "Config": f"blobs/sha256/{hex_of(image.config.descriptor.digest)}",
            "RepoTags": ["team/name:1"],
            "Layers": [
                f"blobs/sha256/{hex_of(layer.blob.descriptor.digest)}" for layer in image.layers
            ],
        }
    ]
    assert found == {
        str(path.relative_to(tmp_path / "layout")): path.read_bytes()
        for path in (tmp_path / "layout").rglob("*")
        if path.is_file()
    }


def test_documents_come_before_layers(tmp_path, random_image) -> None:
    image = random_image()
    archive.write(tmp_path / "image.tar", image, "name")

    with tarfile.open(tmp_path / "image.tar") as opened:
        names = opened.getnames()

    assert names == [
        "oci-layout",
        "index.json",
        "manifest.json",
        "blobs",
        "blobs/sha256",
        f"blobs/sha256/{hex_of(image.digest)}",
        f"blobs/sha256/{hex_of(image.config.descriptor.digest)}",
        *(f"blobs/sha256/{hex_of(layer.blob.descriptor.digest)}" for layer in image.layers),
    ]


def test_the_same_image_is_the_same_bytes(tmp_path, random_image) -> None:
    size = archive.write(tmp_path / "one.tar", random_image(), "name")
    archive.write(tmp_path / "two.tar", random_image(), "name")

    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    assert size == (tmp_path / "one.tar").stat().st_size


def test_a_layer_that_comes_twice_is_written_once(tmp_path, random_image) -> None:
    layer = random_image().layers[0]
    image = make_image(CONFIG, [layer, layer], {})
    archive.write(tmp_path / "image.tar", image, "name")

    found = archive.read(tmp_path / "image.tar")

    assert (len(found.layers), validate(found)) == (2, ())


def test_progress_adds_up_to_what_is_written(tmp_path, random_image) -> None:
    told: list[int] = []

    class Listening:
        def start(self, task: str, total: int | None = None) -> None:
            told.append(-(total or 0))

        def advance(self, task: str, amount: int) -> None:
            told.append(amount)

        def finish(self, task: str, outcome: str = "") -> None: ...

        def note(self, text: str) -> None: ...

    size = archive.write(tmp_path / "a.tar", random_image(), "name", progress=Listening())

    assert told[0] == -size
    assert sum(told) == -1024  # the end of a tar is not worth telling


def test_what_is_there_already_is_not_written_again(tmp_path, random_image, cache) -> None:
    path = tmp_path / "image.tar"
    first = archive.write(path, random_image(), "name", cache=cache)
    second = archive.write(path, random_image(), "name", cache=cache)

    assert (first > 2000, second) == (True, 0)


@pytest.mark.parametrize("change", ["touched", "other name", "other image", "gone"])
def test_what_is_not_quite_there_is_written(tmp_path, random_image, cache, change: str) -> None:
    path = tmp_path / "image.tar"
    archive.write(path, random_image(), "name", cache=cache)
    if change == "touched":
        os.utime(path, (1, 1))
    elif change == "gone":
        path.unlink()
    image = random_image(5) if change == "other image" else random_image()
    name = "other" if change == "other name" else "name"

    archive.write(path, image, name, cache=cache)
    archive.write(tmp_path / "new.tar", image, name)

    assert path.read_bytes() == (tmp_path / "new.tar").read_bytes()


def test_what_a_killed_build_left_long_ago_is_removed(tmp_path, random_image) -> None:
    for name, age in (("old", 1), ("new", None)):
        (tmp_path / f".boxwright-{name}").touch()
        if age is not None:
            os.utime(tmp_path / f".boxwright-{name}", (age, age))

    archive.write(tmp_path / "image.tar", random_image(), "name")

    assert sorted(path.name for path in tmp_path.iterdir()) == [".boxwright-new", "image.tar"]


def test_a_pipe_gets_the_same_bytes(tmp_path, random_image) -> None:
    archive.write(tmp_path / "image.tar", random_image(size=1 << 20), "name")
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()

    archive.write(tmp_path / "pipe", random_image(size=1 << 20), "name")
    reader.join()

    assert got == [(tmp_path / "image.tar").read_bytes()]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_stream_gets_the_same_bytes(tmp_path, random_image) -> None:
    archive.write(tmp_path / "image.tar", random_image(), "name")
    stream = io.BytesIO()

    size = archive.write_to(stream, random_image(), "name")

    assert stream.getvalue() == (tmp_path / "image.tar").read_bytes()
    assert size == len(stream.getvalue())


def test_an_archive_without_some_layers_is_only_what_docker_needs(random_image) -> None:
    image = random_image(layers=3)
    skipped = frozenset(layer.blob.descriptor.digest for layer in image.layers[:2])
    stream = io.BytesIO()
    archive.write_to(stream, image, "name", skip_layers=skipped)

    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as opened:
        names = opened.getnames()

    assert names == [
        "manifest.json",
        "blobs",
        "blobs/sha256",
        f"blobs/sha256/{hex_of(image.config.descriptor.digest)}",
        f"blobs/sha256/{hex_of(image.layers[2].blob.descriptor.digest)}",
    ]


def test_a_link_stays_a_link(tmp_path, random_image) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "image.tar").symlink_to(tmp_path / "real" / "image.tar")

    archive.write(tmp_path / "image.tar", random_image(), "name")

    assert (tmp_path / "image.tar").is_symlink()
    assert archive.read(tmp_path / "real" / "image.tar").digest == random_image().digest


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        (".", "`{}` is a folder, an archive is one file", "name a file in that folder"),
        (
            "missing/a.tar",
            "`{}` cannot be written: No such file or directory",
            "make the folder `{.parent}` first",
        ),
    ],
)
def test_where_no_file_can_be_is_said(
    tmp_path, random_image, target: str, message: str, hint: str
) -> None:
    path = tmp_path / target

    with pytest.raises(StoreError) as caught:
        archive.write(path, random_image(), "name")

    assert (caught.value.message, caught.value.hint) == (message.format(path), hint.format(path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device_is_an_error_with_a_hint(random_image) -> None:
    with pytest.raises(StoreError) as caught:
        archive.write(Path("/dev/full"), random_image(), "name")

    assert caught.value.message == "`/dev/full` cannot be written: No space left on device"
    assert caught.value.hint == "make room, or write to another disk"


COPY = """
import resource, signal, sys
from pathlib import Path
from boxwright.errors import StoreError
from boxwright.progress import Silent
from boxwright.store import archive

class Stop(Silent):
    def advance(self, task, amount):
        signal.raise_signal(signal.SIGINT)

source, target, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
image = archive.read(source)
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
try:
    archive.write(target, image, "name", progress=Silent() if how == "full" else Stop())
except StoreError as error:
    print(error.message)
    print(error.hint)
"""


@pytest.mark.parametrize("before", [None, b"what was there"])
@pytest.mark.parametrize("how", ["full", "SIGINT"])
def test_what_cannot_be_finished_leaves_what_was_there(
    tmp_path, random_image, how: str, before: bytes | None
) -> None:
    archive.write(tmp_path / "source.tar", random_image(size=10_000), "name")
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "image.tar"
    if before is not None:
        target.write_bytes(before)

    done = subprocess.run(
        [sys.executable, "-c", COPY, tmp_path / "source.tar", target, how],
        capture_output=True,
        text=True,
    )

    if how == "full":
        assert done.stdout.splitlines() == [
            f"`{target}` cannot be written: File too large",
            "make room, or write to another disk",
        ]
    else:
        assert done.returncode == -signal.SIGINT
    found = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    assert found == ({} if before is None else {"image.tar": before})


def content_of(image: Image, at: int) -> bytes:
    with image.layers[at].blob.open() as file:
        return file.read()


def rewritten(path: Path, image: Image, digest: Digest, content: bytes | None) -> None:
    """Write *image* to *path* with the content of the blob *digest* replaced, or left out."""
    archive.write(path, image, "name")
    members = unpacked(path)
    with tarfile.open(path, "w") as opened:
        for name, old in members.items():
            new = content if name.endswith(hex_of(digest)) else old
            if new is not None:
                member = tarfile.TarInfo(name)
                member.size = len(new)
                opened.addfile(member, io.BytesIO(new))


@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_tampered_document_is_refused(tmp_path, random_image, which: str) -> None:
    image = random_image()
    blob = getattr(image, which)
    tampered = blob.content.replace(b"linux", b"lynux").replace(b"title", b"tytle")
    rewritten(tmp_path / "a.tar", image, blob.descriptor.digest, tampered)

    with pytest.raises(DigestMismatchError):
        archive.read(tmp_path / "a.tar")


def test_a_tampered_layer_is_refused_when_it_is_read(tmp_path, random_image) -> None:
    image = random_image()
    descriptor = image.layers[0].blob.descriptor
    rewritten(tmp_path / "a.tar", image, descriptor.digest, bytes(descriptor.size))

    found = archive.read(tmp_path / "a.tar")

    with pytest.raises(DigestMismatchError):
        archive.write(tmp_path / "b.tar", found, "name")
    assert not (tmp_path / "b.tar").exists()
    assert validate(found) != ()


@pytest.mark.parametrize(("content", "how"), [(None, "lacks"), (b"short", "has another size for")])
def test_a_layer_that_is_not_there_is_named_by_its_blob(
    tmp_path, random_image, content, how: str
) -> None:
    image = random_image()
    digest = image.layers[0].blob.descriptor.digest
    rewritten(tmp_path / "a.tar", image, digest, content)

    found = archive.read(tmp_path / "a.tar")

    with pytest.raises(StoreError) as caught:
        found.layers[0].blob.open()
    assert caught.value.message == f"the archive `{tmp_path / 'a.tar'}` {how} the blob {digest}"
    assert found.layers[1].blob.open().read() == content_of(image, 1)


@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_document_that_is_not_there_is_named(tmp_path, random_image, which: str) -> None:
    image = random_image()
    digest = getattr(image, which).descriptor.digest
    rewritten(tmp_path / "a.tar", image, digest, None)

    with pytest.raises(StoreError) as caught:
        archive.read(tmp_path / "a.tar")

    assert caught.value.message == f"the archive `{tmp_path / 'a.tar'}` lacks the blob {digest}"


def test_every_cut_is_noticed(tmp_path, random_image) -> None:
    archive.write(tmp_path / "a.tar", random_image(), "name")
    whole = (tmp_path / "a.tar").read_bytes()
    for end in range(0, len(whole) - 1024, 512):
        (tmp_path / "cut.tar").write_bytes(whole[:end])

        with pytest.raises(StoreError):
            archive.read(tmp_path / "cut.tar")


def test_what_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(StoreError) as caught:
        archive.read(tmp_path / "a.tar")

    assert caught.value.message == (
        f"`{tmp_path / 'a.tar'}` cannot be read: No such file or directory"
    )
