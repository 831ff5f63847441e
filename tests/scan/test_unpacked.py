"""What an image is said to hold and to waste is what a real engine unpacks, byte for byte."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from tests.conftest import Run, StandIn
from tests.scan.images import (
    PLAIN,
    directory,
    file,
    hardlink,
    layer,
    opaque,
    symlink,
    tar_of,
    whiteout,
)

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Layer, make_image
from boxwright.oci import media_type
from boxwright.oci.digest import digest_of
from boxwright.scan.contents import Contents
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK
from boxwright.scan.look import look
from boxwright.store import layout
from boxwright.store.engine import Engine

BASE = "python:3.11-slim-bookworm"

DOCKERFILE = f"""\
FROM {BASE}
RUN mkdir -p /srv/data/deep /srv/moved/a /srv/owned /srv/opaque /srv/kind/folder /srv/links \\
 && for n in 1 2 3; do head -c 300000 /dev/urandom > /srv/data/deep/$n; done \\
 && for n in 1 2 3; do head -c 200000 /dev/urandom > /srv/moved/a/$n; done \\
 && for n in 1 2 3; do head -c 100000 /dev/urandom > /srv/owned/$n; done \\
 && for n in 1 2 3; do head -c 50000 /dev/urandom > /srv/opaque/$n; done \\
 && head -c 40000 /dev/urandom > /srv/kind/file \\
 && head -c 30000 /dev/urandom > /srv/kind/folder/x \\
 && head -c 20000 /dev/urandom > /srv/links/one \\
 && ln /srv/links/one /srv/links/two && ln /srv/links/one /srv/links/three \\
 && head -c 10000 /dev/urandom > /srv/links/kept && ln /srv/links/kept /srv/other
RUN rm -rf /srv/data
RUN mv /srv/moved /srv/elsewhere
RUN chown -R 1000:1000 /srv/owned
RUN chmod 600 /srv/owned/1 && touch -d 2001-01-01 /srv/owned/2
RUN rm -rf /srv/opaque && mkdir /srv/opaque && echo new > /srv/opaque/1 && echo 4 > /srv/opaque/4
RUN rm /srv/kind/file && mkdir /srv/kind/file && echo x > /srv/kind/file/x \\
 && rm -r /srv/kind/folder && echo y > /srv/kind/folder
RUN rm /srv/links/kept && echo replaced > /srv/links/one
RUN mkdir -p /srv/data && echo again > /srv/data/deep && ln -sf python3 /usr/local/bin/mine
COPY files/ /lib/
RUN rm /usr/lib/copied && rm -r /usr/share/doc && ln -s doc-base /usr/share/doc
"""


@pytest.fixture(scope="module")
def built(
    engine: Engine, stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image that deletes, moves, changes and replaces, made by the engine."""
    stand_in("python", BASE)
    folder = tmp_path_factory.mktemp("context")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "files").mkdir()
    (folder / "files" / "copied").write_bytes(b"c" * 12_345)
    name = "boxwright-test/unpacked:1"
    done = subprocess.run(
        [engine.program, "build", "--quiet", "--network", "none", "--tag", name, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    yield name
    subprocess.run(
        [engine.program, "image", "rm", "--force", name], capture_output=True, check=False
    )


@pytest.mark.engine
def test_what_is_left_after_certain_waste_is_what_the_engine_unpacks(
    engine: Engine, built: str, tmp_path: Path
) -> None:
    contents = Contents(look(built, cache=None))

    with exported(engine, built) as stream:
        files, size = unpacked(stream)
    assert told(contents) == files
    # What the engine has its own of, as `etc/hosts`, is no part of what it unpacked.
    hidden = sum(contents.files[path].member.size for path in _OF_THE_ENGINE & {*contents.files})
    assert contents.size == size + hidden
    certain = sum(waste.size for waste in contents.waste if waste.certain)
    assert contents.shipped - certain == size + hidden
    assert contents.shipped == bytes_of_layers(engine, built, tmp_path)


@pytest.mark.engine
def test_each_cause_is_told_with_its_layer(engine: Engine, built: str) -> None:
    contents = Contents(look(built, cache=None))
    base = len(contents.inspected.layers) - 11

    found = {
        (waste.title, waste.size, waste.layer - base)
        for waste in contents.waste
        if waste.layer is not None and waste.certain and waste.layer >= base
    }
    assert found == {
        (f"files that layer {base + 1} deletes", 900_000, 0),
        (f"files that layer {base + 2} moves elsewhere", 600_000, 0),
        (f"files that layer {base + 3} has again with another owner", 300_000, 0),
        (f"files that layer {base + 4} has again with another mode", 200_000, 3),
        (f"files that layer {base + 5} deletes", 100_000, 0),
        (f"files that layer {base + 5} replaces", 50_000, 0),
        (f"files that layer {base + 6} replaces", 70_000, 0),
        (f"files that layer {base + 10} deletes", 12_345, 9),
    }


LAYERS = [
    layer(
        directory("usr"),
        directory("usr/lib"),
        symlink("lib", "usr/lib"),
        file("usr/lib/old", 500),
        file("usr/lib/kept", 400),
        directory("var"),
        directory("var/opaque"),
        file("var/opaque/a", 300),
        directory("var/opaque/deep"),
        file("var/opaque/deep/b", 200),
        file("pkgs", 1000),
        hardlink("linked", "pkgs"),
        file("becomes-folder", 100),
        directory("becomes-file"),
        file("becomes-file/x", 90),
        file("removed-and-made", "a"),
    ),
    layer(
        whiteout("lib/old"),
        file("lib/new", 50),
        file("var/opaque/c", 40),
        opaque("var/opaque"),
        whiteout("pkgs"),
        directory("becomes-folder"),
        file("becomes-folder/y", 30),
        file("becomes-file", 20),
        file("removed-and-made", "b"),
        whiteout("removed-and-made"),
        file("implied/parents/z", 10),
    ),
    layer(hardlink("new-link", "linked"), whiteout("not-there")),
    layer(whiteout("linked")),
]


@pytest.mark.oracle
def test_layers_of_all_kinds_come_to_what_umoci_unpacks(run: Run, tmp_path: Path) -> None:
    blobs = [gzip.compress(tar_of(made), mtime=0) for made in LAYERS]
    image = make_image(
        PLAIN,
        [
            Layer(
                blob=bytes_blob(media_type.LAYER_GZIP, blob),
                diff_id=digest_of(gzip.decompress(blob)),
                uncompressed_size=len(gzip.decompress(blob)),
                created_by="",
            )
            for blob in blobs
        ],
        {},
    )
    layout.write(tmp_path / "layout", image, "made-up:1")
    run(
        "umoci", "raw", "unpack", "--rootless", "--image", f"{tmp_path / 'layout'}:1",
        tmp_path / "root",
    )  # fmt: skip
    contents = Contents(look(image, cache=None))

    sizes: dict[int, int] = {}
    paths = set()
    for place in (tmp_path / "root").rglob("*"):
        paths.add(str(place.relative_to(tmp_path / "root")))
        status = place.lstat()
        if stat.S_ISREG(status.st_mode):
            sizes[status.st_ino] = status.st_size
    assert set(contents.files) == paths
    assert contents.size == sum(sizes.values())
    assert contents.shipped - sum(it.size for it in contents.waste if it.certain) == contents.size


_OF_THE_ENGINE = frozenset(
    {
        ".dockerenv", "dev/console", "dev/pts", "dev/shm", "etc/hostname", "etc/hosts", "etc/mtab",
        "etc/resolv.conf", "proc", "sys", "dev", "run/.containerenv",
    }
)  # fmt: skip
"""What an engine makes for a container, whether the image has it or not."""


@contextlib.contextmanager
def exported(engine: Engine, name: str) -> Iterator[IO[bytes]]:
    """Give the filesystem of a container of the image *name*, as a tar."""
    made = subprocess.run(
        [engine.program, "create", name, "true"], capture_output=True, text=True, check=True
    )
    container = made.stdout.strip()
    with subprocess.Popen([engine.program, "export", container], stdout=subprocess.PIPE) as export:
        assert export.stdout is not None
        yield export.stdout
    assert export.returncode == 0
    subprocess.run([engine.program, "rm", container], capture_output=True, check=True)


def unpacked(stream: IO[bytes]) -> tuple[dict[str, tuple[object, ...]], int]:
    """Return what the tar in *stream* has, by path, and the bytes of its files."""
    found: dict[str, tuple[object, ...]] = {}
    size = 0
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            path = member.name.strip("/").removeprefix("./")
            if not path or path in _OF_THE_ENGINE:
                continue
            owner = (member.mode & 0o7777, member.uid, member.gid)
            if member.isreg():
                content = tar.extractfile(member)
                assert content is not None
                size += member.size
                digest = hashlib.sha256(content.read()).digest()
                found[path] = ("file", *owner, int(member.mtime), digest)
            elif member.islnk():
                found[path] = found[member.linkname.strip("/").removeprefix("./")]
            elif member.issym():
                found[path] = ("link", member.linkname, *owner[1:])
            elif member.isdir():
                found[path] = ("folder", *owner)
    return found, size


def told(contents: Contents) -> dict[str, tuple[object, ...]]:
    """Return what *contents* have, in the same form."""
    found: dict[str, tuple[object, ...]] = {}
    for path, (member, _) in contents.files.items():
        if path in _OF_THE_ENGINE:
            continue
        if member.kind == HARDLINK:
            member = contents.files[member.link].member
        owner = (member.mode, member.uid, member.gid)
        if member.kind == FILE:
            found[path] = ("file", *owner, member.mtime, member.digest)
        elif member.kind == SYMLINK:
            found[path] = ("link", member.link, *owner[1:])
        elif member.kind == DIRECTORY:
            found[path] = ("folder", *owner)
    return found


def bytes_of_layers(engine: Engine, name: str, folder: Path) -> int:
    """Return the bytes of all files of all layers that the engine saves of the image *name*."""
    saved = folder / "saved.tar"
    subprocess.run([engine.program, "save", "--output", saved, name], check=True)
    size = 0
    with tarfile.open(saved) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        (image,) = json.load(manifest)
        for layer in image["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer), mode="r|*") as tar:
                size += sum(member.size for member in tar if member.isreg())
    return size
