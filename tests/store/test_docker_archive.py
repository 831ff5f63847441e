"""What `docker save` writes, read as an image."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.oci.digest import hex_of
from boxwright.store import archive


def content(image: Image, at: int) -> bytes:
    with image.layers[at].blob.open() as file:
        return file.read()


def save(path: Path, *images: tuple[Image, str], plain: bool = True, **change: bytes) -> None:
    """Write *images* as docker 20.10 does; *change* replaces files by the name `config`, ..."""
    members: dict[str, bytes] = {}
    entries = []
    for image, name in images:
        config = f"{hex_of(image.config.descriptor.digest)}.json"
        members[config] = change.get("config", image.config.content)
        layers = []
        for at in range(len(image.layers)):
            layers.append(f"{name[0]}{at}/layer.tar")
            packed = content(image, at)
            members[layers[-1]] = change.get(
                f"layer{at}", gzip.decompress(packed) if plain else packed
            )
        entries.append({"Config": config, "RepoTags": [name], "Layers": layers})
    members["manifest.json"] = change.get("manifest", json.dumps(entries).encode())
    with tarfile.open(path, "w") as opened:
        for member_name, member in members.items():
            info = tarfile.TarInfo(member_name)
            info.size = len(member)
            opened.addfile(info, io.BytesIO(member))


@pytest.mark.parametrize("plain", [True, False])
def test_it_is_read_with_its_configuration_and_layers(tmp_path, random_image, plain: bool) -> None:
    image = random_image()
    save(tmp_path / "a.tar", (image, "name:1"), plain=plain)

    found = archive.read(tmp_path / "a.tar")

    assert found.config == image.config
    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]
    assert validate(found) == ()


def test_ours_is_read_as_dockers_where_the_index_is_gone(tmp_path, random_image) -> None:
    image = random_image()
    stream = io.BytesIO()
    archive.write_to(stream, image, "name", skip_layers=frozenset({image.digest}))
    (tmp_path / "a.tar").write_bytes(stream.getvalue())

    found = archive.read(tmp_path / "a.tar")

    assert [layer.blob.descriptor for layer in found.layers] == [
        layer.blob.descriptor for layer in image.layers
    ]
    assert validate(found) == ()


def test_which_image_is_said_by_its_name(tmp_path, random_image) -> None:
    save(tmp_path / "a.tar", (random_image(1), "one:1"), (random_image(2), "two:1"))

    found = archive.read(tmp_path / "a.tar", "docker.io/library/two:1")

    assert found.config == random_image(2).config
    with pytest.raises(StoreError) as caught:
        archive.read(tmp_path / "a.tar")
    assert caught.value.message == f"the archive `{tmp_path / 'a.tar'}` holds 2 images"
    assert caught.value.hint == "name one of `one:1`, `two:1`"
    with pytest.raises(StoreError, match="holds no image `three`"):
        archive.read(tmp_path / "a.tar", "three")


def test_a_tampered_configuration_is_refused(tmp_path, random_image) -> None:
    image = random_image()
    save(tmp_path / "a.tar", (image, "a"), config=image.config.content.replace(b"1980", b"1981"))

    with pytest.raises(DigestMismatchError):
        archive.read(tmp_path / "a.tar")


def test_a_tampered_layer_is_a_problem(tmp_path, random_image) -> None:
    image = random_image()
    changed = gzip.decompress(content(image, 0)).replace(b"data", b"dote")
    save(tmp_path / "a.tar", (image, "a"), layer0=changed)

    problems = validate(archive.read(tmp_path / "a.tar"))

    assert len(problems) == 1
    assert problems[0].startswith("layer 0: `a0/layer.tar` in the archive")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"{}", "expected an array, found an object"),
        (b"[]", "holds no image"),
        (b"[{}]", "[0].Config is missing"),
        (
            b'[{"Config":"nowhere","Layers":[]}]',
            "[0].Config: names `nowhere`, which is not in the archive",
        ),
        (b'[{"Config":"../x","Layers":[],"RepoTags":[1]}]', "expected a string, found `1`"),
    ],
)
def test_a_damaged_manifest_is_refused(
    tmp_path, random_image, manifest: bytes, message: str
) -> None:
    save(tmp_path / "a.tar", (random_image(), "a"), manifest=manifest)

    with pytest.raises(StoreError) as caught:
        archive.read(tmp_path / "a.tar")

    assert message in caught.value.message


def test_a_tar_without_an_image_is_refused(tmp_path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as opened:
        opened.addfile(tarfile.TarInfo("thesis.tex"))

    with pytest.raises(StoreError) as caught:
        archive.read(tmp_path / "a.tar")

    assert caught.value.message == (
        f"`manifest.json` in the archive `{tmp_path / 'a.tar'}` is missing"
    )
