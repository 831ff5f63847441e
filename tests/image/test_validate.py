"""`validate` finds whatever an image says wrongly of itself."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from boxwright.errors import BuildError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.image.image import Image, Layer, make_image
from boxwright.image.validate import validate
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZERO = Digest("sha256:" + 64 * "0")
CONFIG = ImageConfig(platform=Platform("linux", "amd64"), created="1980-01-01T00:00:01Z")


def test_an_image_that_was_made_is_valid(random_image) -> None:
    assert validate(random_image(layers=3, size=100_000)) == ()


def test_an_image_without_layers_is_valid(random_image) -> None:
    assert validate(random_image(layers=0)) == ()


def other_diff_id(layer: Layer) -> Layer:
    return replace(layer, diff_id=ZERO)


def other_size(layer: Layer) -> Layer:
    return replace(layer, uncompressed_size=layer.uncompressed_size + 1)


def content(layer: Layer) -> bytes:
    with layer.blob.open() as file:
        return file.read()


def no_gzip(layer: Layer) -> Layer:
    return replace(layer, blob=BytesBlob(layer.blob.descriptor, b"x" * len(content(layer))))


def cut_short(layer: Layer) -> Layer:
    return replace(layer, blob=BytesBlob(layer.blob.descriptor, content(layer)[:-1]))


def one_bit(layer: Layer) -> Layer:
    changed = bytearray(content(layer))
    changed[50] ^= 1
    return replace(layer, blob=BytesBlob(layer.blob.descriptor, bytes(changed)))


def zstandard(layer: Layer) -> Layer:
    kind = "application/vnd.oci.image.layer.v1.tar+zstd"
    descriptor = replace(layer.blob.descriptor, media_type=kind)
    return replace(layer, blob=BytesBlob(descriptor, content(layer)))


def unknown(layer: Layer) -> Layer:
    descriptor = replace(layer.blob.descriptor, media_type="application/x-else")
    return replace(layer, blob=BytesBlob(descriptor, content(layer)))


def padded(layer: Layer) -> Layer:
    return replace(layer, blob=BytesBlob(layer.blob.descriptor, content(layer) + bytes(512)))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (other_diff_id, "the configuration names other diff_ids"),
        (other_diff_id, "layer 1 has the diff_id sha256:"),
        (other_size, "layer 1 unpacks to 3584 bytes, not 3585"),
        (no_gzip, "layer 1 has the digest sha256:"),
        (no_gzip, "layer 1: it is no tar, and neither gzip nor zstd"),
        (cut_short, "layer 1 has 1"),
        (cut_short, "layer 1: its gzip stream is cut short"),
        (one_bit, "layer 1 has the digest sha256:"),
        (zstandard, "the manifest names other layers"),
        (zstandard, "layer 1: it is packed by gzip, its media type is `application/vnd.oci.image."),
        (unknown, "layer 1: its media type `application/x-else` cannot be unpacked here"),
        (padded, "layer 1: zero bytes follow its gzip stream"),
    ],
)
def test_a_layer_that_lies_is_found(
    random_image, change: Callable[[Layer], Layer], problem: str
) -> None:
    image: Image = random_image()
    changed = replace(image, layers=(image.layers[0], change(image.layers[1])))

    assert any(found.startswith(problem) for found in validate(changed))


@pytest.mark.parametrize("packing", ["zstd", "plain"])
def test_an_image_of_other_packing_is_valid(random_image, packing: str) -> None:
    image = random_image()
    tars = [gzip.decompress(content(layer)) for layer in image.layers]
    pack, kind = (
        (zstd.compress, media_type.LAYER_ZSTD) if packing == "zstd" else (bytes, media_type.LAYER)
    )
    layers = [
        replace(layer, blob=bytes_blob(kind, pack(tar)))
        for layer, tar in zip(image.layers, tars, strict=True)
    ]

    assert validate(make_image(CONFIG, layers, {})) == ()


def test_documents_that_lie_are_found(random_image) -> None:
    image, other = random_image(1), random_image(2)

    assert "the manifest names another configuration" in validate(
        replace(image, config=other.config)
    )
    assert "the manifest names other layers" in validate(replace(image, layers=other.layers))
    assert validate(replace(image, manifest=BytesBlob(image.manifest.descriptor, b"{"))) != ()


def test_more_layers_than_engines_take_are_refused(random_image) -> None:
    layer = random_image().layers[0]

    with pytest.raises(BuildError) as caught:
        make_image(CONFIG, [layer] * 126, {})

    assert caught.value.message == ("the image would have 126 layers, and engines take 125 at most")


def test_a_blob_that_is_gone_is_a_problem(random_image, cache) -> None:
    image = random_image()
    descriptor: Descriptor = image.layers[0].blob.descriptor
    cache.blob_path(descriptor.digest).unlink()

    assert validate(image) == ("layer 0 cannot be read: No such file or directory",)
