"""Images for several platforms in one layout and one archive: an index, and what it names."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import MakeImage, Run

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, make_index
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.platform import Platform, parse_platform
from boxwright.store import archive, layout
from boxwright.store.engine import Engine
from boxwright.store.layout import Attachment
from boxwright.store.stored import own_platform

PLATFORMS = ("linux/amd64", "linux/arm64")


def on(platform: Platform, image: Image) -> Image:
    """Return *image* as if it were for *platform*."""
    config = json.loads(image.config.content) | platform.to_dict()
    blob = bytes_blob(media_type.CONFIG, canonical_json(config))
    manifest = json.loads(image.manifest.content) | {"config": blob.descriptor.to_dict()}
    return replace(
        image,
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest)),
        config=blob,
        platform=platform,
    )


@pytest.fixture
def index(random_image: MakeImage) -> ImageIndex:
    """Two images with the same layers."""
    images = [on(parse_platform(name), random_image(layers=2)) for name in PLATFORMS]
    return make_index(images, {"org.opencontainers.image.title": "demo"})


def bill(image: Image) -> Attachment:
    return Attachment(
        media_type="application/vnd.cyclonedx+json",
        content=str(image.platform).encode(),
        subject=image.manifest.descriptor,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_only_the_index_has_the_name(tmp_path: Path, index: ImageIndex) -> None:
    layout.write(tmp_path, index, "demo:1")

    (entry,) = json.loads((tmp_path / "index.json").read_bytes())["manifests"]
    assert entry == {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": index.digest,
        "size": index.manifest.descriptor.size,
        "annotations": {
            "io.containerd.image.name": "docker.io/library/demo:1",
            "org.opencontainers.image.ref.name": "1",
        },
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_image_is_read_back_by_its_platform(
    tmp_path: Path, index: ImageIndex, platform: str
) -> None:
    wanted = parse_platform(platform)
    layout.write(tmp_path / "image", index, "demo:1")
    archive.write(tmp_path / "image.tar", index, "demo:1")

    digest = next(image.digest for image in index.images if image.platform == wanted)
    assert layout.read(tmp_path / "image", "demo:1", platform=wanted).digest == digest
    assert archive.read(tmp_path / "image.tar", "demo:1", platform=wanted).digest == digest


def test_without_one_it_is_that_of_this_machine(tmp_path: Path, index: ImageIndex) -> None:
    layout.write(tmp_path / "image", index, "demo:1")
    archive.write(tmp_path / "image.tar", index, "demo:1")

    assert layout.read(tmp_path / "image").platform == own_platform()
    assert archive.read(tmp_path / "image.tar").platform == own_platform()


def test_the_same_again_writes_nothing(tmp_path: Path, index: ImageIndex) -> None:
    def write() -> None:
        layout.write(tmp_path, index, "demo:1")
        layout.attach(tmp_path, index, [bill(image) for image in index.images])

    write()
    before = {path: path.stat() for path in tmp_path.rglob("*")}

    write()

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == {
        path: each.st_mtime_ns for path, each in before.items()
    }


def test_what_tells_of_each_image_is_told_of_that_one(tmp_path: Path, index: ImageIndex) -> None:
    layout.write(tmp_path, index, "demo:1")

    layout.attach(tmp_path, index, [bill(image) for image in index.images])

    for image in index.images:
        (referrer,) = layout.read_referrers(tmp_path, image.digest)
        assert referrer.blobs[0].open().read() == str(image.platform).encode()
    assert layout.read_referrers(tmp_path, index.digest) == ()


def test_what_tells_of_the_index_itself_is_told_of_it(tmp_path: Path, index: ImageIndex) -> None:
    layout.write(tmp_path, index, "demo:1")
    note = Attachment(media_type="text/plain", content=b"all of them")

    layout.attach(tmp_path, index, [note, bill(index.images[0])])

    (referrer,) = layout.read_referrers(tmp_path, index.digest)
    assert referrer.artifact_type == "text/plain"
    assert len(layout.read_referrers(tmp_path, index.images[0].digest)) == 1


def test_one_image_in_place_of_the_index_leaves_nothing_of_the_others(
    tmp_path: Path, index: ImageIndex, random_image: MakeImage
) -> None:
    layout.write(tmp_path / "one", index, "demo:1")
    layout.attach(tmp_path / "one", index, [bill(image) for image in index.images])
    layout.write(tmp_path / "other", random_image(7), "demo:1")

    layout.write(tmp_path / "one", random_image(7), "demo:1")

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_what_both_share_is_written_once(tmp_path: Path, index: ImageIndex) -> None:
    written = archive.write(tmp_path / "image.tar", index, "demo:1")

    assert written == (tmp_path / "image.tar").stat().st_size
    shared = {layer.blob.descriptor.digest for image in index.images for layer in image.layers}
    layout.write(tmp_path / "image", index, "demo:1")
    names = {path.name for path in (tmp_path / "image" / "blobs" / "sha256").iterdir()}
    assert len(names) == len(shared) + 2 * len(index.images) + 1


def test_docker_finds_the_image_for_this_machine_in_an_archive(
    tmp_path: Path, index: ImageIndex, run: Run
) -> None:
    path = tmp_path / "image.tar"
    archive.write(path, index, "demo:1")

    found = json.loads(run("skopeo", "inspect", "--config", f"docker-archive:{path}:demo:1"))

    assert found["architecture"] == own_platform().architecture


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["oci", "oci-archive"])
def test_skopeo_copies_all_of_it_without_a_change(
    tmp_path: Path, index: ImageIndex, run: Run, kind: str
) -> None:
    place = tmp_path / "image.tar" if kind == "oci-archive" else tmp_path / "image"
    (archive if kind == "oci-archive" else layout).write(place, index, "demo:1")

    assert run("skopeo", "inspect", "--raw", f"{kind}:{place}:1").encode() == index.manifest.content
    run("skopeo", "copy", "--all", f"{kind}:{place}:1", f"oci:{tmp_path / 'copy'}:1")

    for image in index.images:
        assert layout.read(tmp_path / "copy", platform=image.platform).digest == image.digest


@pytest.mark.engine
def test_an_engine_loads_the_image_for_this_machine(
    tmp_path: Path, index: ImageIndex, engine: Engine, run: Run
) -> None:
    name = f"boxwright-test-{uuid.uuid4().hex}:1"
    archive.write(tmp_path / "image.tar", index, name)

    told = run(engine.program, "load", "--input", tmp_path / "image.tar")

    assert name in told
    form = "{{.Architecture}}"
    found = run(engine.program, "image", "inspect", "--format", form, name)
    run(engine.program, "image", "rm", "--force", name)
    assert found.strip() == own_platform().architecture
