"""`boxwright pull`: whole images, and what is told of them, onto this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.conftest import MakeImage
from tests.ship.small_registry import NAME, Small, serving
from tests.ship.test_sources import ARM, BILL, of_arm

from boxwright.image.index import ImageIndex, make_index
from boxwright.image.validate import validate
from boxwright.ship.push import Shipment, ship
from boxwright.store import archive, layout


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def index(small: Small, random_image: MakeImage) -> ImageIndex:
    """Return what the registry has as `1`: two platforms, and a bill of each."""
    made = make_index([random_image(1, layers=1), of_arm(random_image(2, layers=1))], {})
    told = [replace(BILL, subject=each.manifest.descriptor) for each in made.images]
    ship(small.repository(), Shipment(image=made, attachments=told), ["1"])
    return made


def test_a_layout_gets_all_platforms_and_what_is_told_of_them(
    command: Command, small: Small, index: ImageIndex, tmp_path: Path
) -> None:
    name = f"{small.host}/{NAME}"

    result = command("pull", f"{name}:1", "-o", "image", "-q")

    assert result == (0, f"{name}@{index.digest}\n", "")
    assert layout.find(tmp_path / "image", f"{name}:1").digest == index.digest
    for image in index.images:
        found = layout.read(tmp_path / "image", platform=image.platform)
        assert (found.digest, validate(found)) == (image.digest, ())
        (told,) = layout.read_referrers(tmp_path / "image", image.digest)
        assert told.blobs[0].open().read() == BILL.content


def test_one_platform_alone(
    command: Command, small: Small, index: ImageIndex, tmp_path: Path
) -> None:
    arguments = ("--platform", "linux/arm64", "--format", "json", "-q")
    result = command("pull", f"{small.host}/{NAME}:1", "-o", "image", *arguments)

    (arm,) = (each for each in index.images if each.platform == ARM)
    assert json.loads(result.out) == {
        "name": f"{small.host}/{NAME}",
        "digest": arm.digest,
        "platforms": ["linux/arm64"],
        "size": arm.size,
        "attached": 1,
        "output": "image",
    }
    assert layout.read(tmp_path / "image").digest == arm.digest


def test_an_archive_gets_all_platforms(
    command: Command, small: Small, index: ImageIndex, tmp_path: Path
) -> None:
    assert command("pull", f"{small.host}/{NAME}@{index.digest}", "-o", "image.tar").status == 0

    for image in index.images:
        found = archive.read(tmp_path / "image.tar", platform=image.platform)
        assert found.digest == image.digest


def test_what_is_pulled_can_be_pushed_and_verified(
    command: Command, small: Small, index: ImageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_KEY_PASSWORD", "a word")
    name = f"{small.host}/{NAME}"
    assert command("sign", "--new-key", "release").status == 0
    assert command("sign", f"{name}:1", "--key", "release.key", "-q").status == 0

    assert command("pull", f"{name}:1", "-o", "image", "-q").status == 0

    assert command("verify", "./image", "--key", "release.pub", "-q").out == f"{index.digest}\n"
    assert (
        command("push", "./image", "--to", f"{name}:1.0.0", "-q").out == f"{name}@{index.digest}\n"
    )
    assert small.manifests["1.0.0"] == index.manifest.content


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["NAME:2", "-o", "image"], "is not in the registry"),
        (["NAME:1", "-o", "image", "--platform", "linux/s390x"], "no image for linux/s390x"),
        (["NAME:1", "-o", "image", "--platform", "what"], "what"),
        (["NAME:1"], "Missing option '-o' / '--output'"),
        (["./image", "-o", "other"], "./image"),
        (["NAME:1", "-o", "file/image"], "file"),
    ],
)
def test_what_cannot_be_pulled_is_told(
    command: Command, small: Small, index: ImageIndex, tmp_path: Path, arguments, said
) -> None:
    (tmp_path / "file").write_text("no folder")
    named = [each.replace("NAME", f"{small.host}/{NAME}") for each in arguments]

    result = command("pull", *named)

    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err
    assert not (tmp_path / "image").exists()


def test_a_damaged_layer_is_never_kept(
    command: Command, small: Small, index: ImageIndex, tmp_path: Path
) -> None:
    layer = index.images[0].layers[0].blob.descriptor.digest
    small.blobs[layer] = bytes(len(small.blobs[layer]))

    result = command("pull", f"{small.host}/{NAME}:1", "-o", "image", "-q")

    assert (result.status, result.out) == (2, "")
    assert not (tmp_path / "image" / "blobs").exists()
