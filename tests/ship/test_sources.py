"""Images wherever they are, as they go into a registry: whole, and with what tells of them."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import MakeImage, Run
from tests.ship.small_registry import NAME, Small

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, make_index
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.platform import Platform
from boxwright.ship.push import Shipment, ship
from boxwright.ship.sources import Source
from boxwright.store import archive, layout
from boxwright.store.cache import Cache
from boxwright.store.engine import Engine
from boxwright.store.layout import Attachment
from boxwright.store.registry.push import WritableRepository
from boxwright.store.transport import Transport

ARM = Platform("linux", "arm64")
BILL = Attachment(
    media_type="application/vnd.cyclonedx+json",
    content=b'{"bomFormat":"CycloneDX"}',
    annotations={"org.example": "kept"},
)


@pytest.fixture
def source(cache: Cache) -> Source:
    environ = {**os.environ, "BOXWRIGHT_ENGINE": "none"}
    return Source(environ=environ, cache=cache, transport=Transport(environ=environ))


@pytest.fixture
def index(random_image: MakeImage) -> ImageIndex:
    """Return the index of an image for each of two platforms."""
    images = [random_image(1, layers=1), of_arm(random_image(2, layers=1))]
    return make_index(images, {"org.example": "both"})


def of_arm(image: Image) -> Image:
    config = json.loads(image.config.content) | {"architecture": "arm64"}
    blob = bytes_blob(media_type.CONFIG, canonical_json(config))
    manifest = json.loads(image.manifest.content) | {"config": blob.descriptor.to_dict()}
    return replace(
        image,
        platform=ARM,
        config=blob,
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest)),
    )


def attested(image: Image) -> tuple[ImageIndex, BytesBlob]:
    """Return what BuildKit makes of *image*: an index with a statement of it, and that manifest."""
    statement = bytes_blob("application/vnd.in-toto+json", b'{"predicate":{}}')
    config = bytes_blob(
        media_type.CONFIG,
        canonical_json(
            {
                "architecture": "unknown",
                "os": "unknown",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [statement.descriptor.digest]},
            }
        ),
    )
    manifest = bytes_blob(
        media_type.MANIFEST,
        canonical_json(
            {
                "schemaVersion": 2,
                "mediaType": media_type.MANIFEST,
                "config": config.descriptor.to_dict(),
                "layers": [statement.descriptor.to_dict()],
            }
        ),
    )
    entry = replace(
        manifest.descriptor,
        annotations={
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image.digest,
        },
        platform={"os": "unknown", "architecture": "unknown"},
    )
    plain = make_index([image], {})
    document = json.loads(plain.manifest.content)
    document["manifests"].append(entry.to_dict())
    whole = ImageIndex(
        manifest=bytes_blob(media_type.INDEX, canonical_json(document)),
        images=(image,),
        beside=(Plain(statement), Plain(config), manifest),
    )
    return whole, manifest


class Plain:
    """A blob that is no document, as a store gives it."""

    def __init__(self, blob: BytesBlob) -> None:
        self.descriptor = blob.descriptor
        self.open = blob.open


def contents(shipment: Shipment) -> list[tuple[str, str]]:
    return [
        (str(each.subject and each.subject.digest), each.media_type)
        for each in shipment.attachments
    ]


def test_a_layout_goes_whole_with_what_tells_of_it(
    source: Source, index: ImageIndex, small: Small, tmp_path: Path
) -> None:
    layout.write(tmp_path / "image", index, "api:1")
    told = [replace(BILL, subject=each.manifest.descriptor) for each in index.images]
    layout.attach(tmp_path / "image", index, [BILL, *told])

    with source.shipment(str(tmp_path / "image")) as shipment:
        ship(small.repository(), shipment, ["1.0.0"])

    everything: tuple[Image | ImageIndex, ...] = (index, *index.images)
    assert shipment.image.digest == index.digest
    assert contents(shipment) == [(each.digest, BILL.media_type) for each in everything]
    assert small.manifests["1.0.0"] == index.manifest.content
    for each in everything:
        (referrer,) = small.repository().read_referrers(each.digest)
        assert (referrer.artifact_type, referrer.blobs[0].open().read()) == (
            BILL.media_type,
            BILL.content,
        )
        assert referrer.descriptor.annotations == {"org.example": "kept"}


@pytest.mark.parametrize("name", ["image", "oci:image", "image:1", "oci:image:api:1"])
def test_a_layout_has_many_names(
    source: Source, index: ImageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    layout.write(Path("image"), index, "api:1")

    with source.shipment(name) as shipment:
        assert shipment.image.digest == index.digest


def test_one_platform_goes_alone_where_it_is_asked_for(
    source: Source, index: ImageIndex, tmp_path: Path
) -> None:
    layout.write(tmp_path / "image", index, "api:1")
    told = [replace(BILL, subject=each.manifest.descriptor) for each in index.images]
    layout.attach(tmp_path / "image", index, told)

    with replace(source, platform=ARM).shipment(str(tmp_path / "image")) as shipment:
        (arm,) = (each for each in index.images if each.platform == ARM)
        assert shipment.image.digest == arm.digest
        assert contents(shipment) == [(arm.digest, BILL.media_type)]


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_goes_whole(
    source: Source, index: ImageIndex, tmp_path: Path, *, packed: bool
) -> None:
    path = tmp_path / "image.tar"
    archive.write(path, index, "api:1")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))

    with source.shipment(str(path)) as shipment:
        assert shipment.image.digest == index.digest
        assert [str(each.platform) for each in shipment.images] == ["linux/amd64", "linux/arm64"]


def test_standard_input_is_an_image(
    source: Source, index: ImageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Small
) -> None:
    archive.write(tmp_path / "image.tar", index, "api:1")
    stream = io.BytesIO((tmp_path / "image.tar").read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))

    with source.shipment("-") as shipment:
        ship(small.repository(), shipment, ["1.0.0"])

    assert small.manifests["1.0.0"] == index.manifest.content


def test_a_layout_that_has_one_platform_of_its_index_gives_that(
    source: Source, index: ImageIndex, tmp_path: Path
) -> None:
    layout.write(tmp_path / "image", index, "api:1")
    (arm,) = (each for each in index.images if each.platform == ARM)
    (tmp_path / "image" / "blobs" / "sha256" / arm.digest[7:]).unlink()

    with source.shipment(str(tmp_path / "image")) as shipment:
        assert shipment.image.digest == index.images[0].digest


def test_what_buildkit_attests_goes_along_in_the_index(
    source: Source, random_image: MakeImage, small: Small, tmp_path: Path
) -> None:
    index, statement = attested(random_image(layers=1))
    layout.write(tmp_path / "image", index, "api:1")

    with source.shipment(str(tmp_path / "image")) as shipment:
        ship(small.repository(), shipment, ["1.0.0"])

    assert shipment.attachments == ()
    assert small.manifests["1.0.0"] == index.manifest.content
    assert small.manifests[statement.descriptor.digest] == statement.content
    assert all(blob.descriptor.digest in small.blobs for blob in index.beside[:2])


def test_an_image_goes_from_registry_to_registry_with_all_of_it(
    source: Source, index: ImageIndex, small: Small, repository: WritableRepository
) -> None:
    ship(small.repository(), Shipment(image=index, attachments=(BILL,)), ["1"])

    with source.shipment(f"docker://{small.host}/{NAME}:1") as shipment:
        ship(repository, shipment, ["1.0.0"])

    found = repository.find_tag("1.0.0")
    assert found is not None
    assert found.digest == index.digest
    assert [each.artifact_type for each in repository.read_referrers(index.digest)] == [
        BILL.media_type
    ]


def test_what_is_nowhere_is_told(source: Source, tmp_path: Path) -> None:
    with pytest.raises(StoreError), source.shipment(str(tmp_path / "missing.tar")):
        pass


@pytest.fixture
def loaded(engine: Engine, random_image: MakeImage) -> Iterator[str]:
    """The name of an image that the engine has, whose layers are not packed there."""
    name = f"boxwright-test/sources:{uuid.uuid4().hex[:12]}"
    engine.load(random_image(layers=2, files={"bin/true": b""}), name)
    yield name
    subprocess.run([engine.program, "image", "rm", "-f", name], capture_output=True, check=False)


@pytest.mark.engine
def test_layers_of_an_engine_are_packed_once_and_pulled_back_the_same(
    engine: Engine, loaded: str, source: Source, repository: WritableRepository, run: Run
) -> None:
    source = replace(source, environ=os.environ)
    identity = run(engine.program, "image", "inspect", "--format", "{{.Id}}", loaded)

    with source.shipment(loaded) as shipment:
        first = ship(repository, shipment, ["1"])
        kinds = {layer.blob.descriptor.media_type for layer in shipment.images[0].layers}
        blobs = {layer.blob.descriptor.digest for layer in shipment.images[0].layers}
    packed_at = {path: path.stat().st_mtime_ns for path in map(source.cache.blob_path, blobs)}
    with source.shipment(loaded) as shipment:
        second = ship(repository, shipment, ["2"])

    assert kinds == {media_type.LAYER_GZIP}
    assert first.pushed.digest == second.pushed.digest
    assert (second.pushed.sent, second.pushed.uploaded) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in packed_at} == packed_at
    run(engine.program, "image", "rm", "-f", loaded)
    of = repository.reference
    pulled = f"{of.registry}/{of.repository}:1"
    run(engine.program, "pull", "-q", pulled)
    try:
        assert run(engine.program, "image", "inspect", "--format", "{{.Id}}", pulled) == identity
    finally:
        run(engine.program, "image", "rm", "-f", pulled)
