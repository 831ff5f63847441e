"""What is sent before what, and which tags nobody gets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.conftest import MakeImage
from tests.ship.small_registry import Small

from boxwright.errors import ShipError
from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image
from boxwright.image.index import make_index
from boxwright.oci import media_type
from boxwright.oci.annotations import REVISION
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.platform import Platform
from boxwright.ship.push import Shipment, Shipped, own_tag, ship
from boxwright.store.layout import Attachment
from boxwright.store.registry.push import WritableRepository

COMMIT = f"git-{'a' * 40}"
BILL = Attachment(media_type="application/vnd.cyclonedx+json", content=b"{}")


def shipped(repository: WritableRepository, image: Image, *tags: str) -> Shipped:
    return ship(repository, Shipment(image=image), tags, environments=("staging",))


def written(asked: Sequence[str]) -> list[str]:
    """Return the names of the manifests that were put, in order."""
    return [
        each.rpartition("/")[2]
        for each in asked
        if each.startswith("PUT") and "/manifests/" in each
    ]


def test_tags_come_after_all_else(small: Small, random_image: MakeImage) -> None:
    image = random_image(layers=1)

    def sign(descriptor: Descriptor) -> None:
        assert descriptor.digest == image.digest
        assert "1.0.0" not in small.manifests
        small.asked.append("signed")

    done = ship(
        small.repository(), Shipment(image=image, attachments=(BILL,)), [COMMIT, "1.0.0"], sign=sign
    )

    (attached,) = done.attached
    assert written(small.asked) == [image.digest, attached.digest, COMMIT, "1.0.0"]
    assert small.asked.index("signed") < small.asked.index(f"PUT /v2/team/api/manifests/{COMMIT}")
    assert (done.tags, done.pushed.digest) == ((COMMIT, "1.0.0"), image.digest)


def test_what_cannot_be_signed_gets_no_tag(small: Small, random_image: MakeImage) -> None:
    def sign(descriptor: Descriptor) -> None:
        raise ShipError("the key is locked", hint="open it")

    with pytest.raises(ShipError, match="the key is locked"):
        ship(small.repository(), Shipment(image=random_image()), [COMMIT], sign=sign)

    assert COMMIT not in small.manifests


def test_the_same_again_sends_nothing(
    repository: WritableRepository, random_image: MakeImage
) -> None:
    shipped(repository, random_image(), COMMIT)

    again = shipped(repository, random_image(), COMMIT, "1.0.0")

    assert (again.pushed.sent, again.pushed.uploaded) == (0, 0)
    assert {each.digest for tag in (COMMIT, "1.0.0") if (each := repository.find_tag(tag))} == {
        random_image().digest
    }


@pytest.mark.parametrize(("tag", "what"), [(COMMIT, "commit"), ("1.0.0", "version")])
def test_a_fixed_tag_is_refused_to_another_image(
    small: Small, random_image: MakeImage, tag: str, what: str
) -> None:
    first, second = random_image(1), random_image(2)
    shipped(small.repository(), first, tag)
    small.asked.clear()

    with pytest.raises(ShipError, match=f"{first.digest}.* the image of a {what} never changes"):
        shipped(small.repository(), second, "latest", tag)

    assert not any(each.startswith(("PUT", "POST")) for each in small.asked)
    assert second.digest not in small.manifests


def test_a_tag_that_promises_nothing_moves(small: Small, random_image: MakeImage) -> None:
    shipped(small.repository(), random_image(1), "latest")

    shipped(small.repository(), random_image(2), "latest")

    assert small.manifests["latest"] == random_image(2).manifest.content


def test_somebody_quicker_keeps_the_tag(small: Small, random_image: MakeImage) -> None:
    other = random_image(2)

    def sign(descriptor: Descriptor) -> None:
        small.put_manifest(other.manifest.content, "1.0.0")

    with pytest.raises(ShipError, match="is there already with other content"):
        ship(small.repository(), Shipment(image=random_image(1)), [COMMIT, "1.0.0"], sign=sign)

    assert small.manifests["1.0.0"] == other.manifest.content
    assert COMMIT not in small.manifests


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("staging", "`staging` says what is wanted in an environment, and only promotion moves it"),
        ("a/b", "`a/b` cannot be a tag"),
        ("", "`` cannot be a tag"),
        ("-x", "`-x` cannot be a tag"),
        ("x" * 129, f"`{'x' * 129}` cannot be a tag"),
        (
            "boxwright-cache",
            "`boxwright-cache` is where registries and Boxwright keep what tells of images",
        ),
        (
            f"sha256-{'0' * 64}.sig",
            f"`sha256-{'0' * 64}.sig` is where registries and Boxwright keep what tells of images",
        ),
    ],
)
def test_tags_that_nobody_gets(
    small: Small, random_image: MakeImage, tag: str, message: str
) -> None:
    with pytest.raises(ShipError) as caught:
        shipped(small.repository(), random_image(), COMMIT, tag)

    assert caught.value.message == message
    assert small.manifests == {}


def revised(image: Image, revision: str) -> Image:
    manifest = json.loads(image.manifest.content) | {"annotations": {REVISION: revision}}
    return replace(image, manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest)))


def test_the_own_tag_is_that_of_the_commit(random_image: MakeImage) -> None:
    clean = Shipment(image=revised(random_image(), "a" * 40))
    dirty = Shipment(image=revised(random_image(), f"{'a' * 40}-dirty"))

    assert own_tag(clean, dirty_allowed=False) == COMMIT
    assert own_tag(dirty, dirty_allowed=True) == f"{COMMIT}-dirty"
    with pytest.raises(ShipError, match="differ from the commit"):
        own_tag(dirty, dirty_allowed=False)
    with pytest.raises(ShipError, match="does not tell which commit it was built from"):
        own_tag(Shipment(image=random_image()), dirty_allowed=False)
    with pytest.raises(ShipError, match="is no commit that a tag could name"):
        own_tag(Shipment(image=revised(random_image(), "main")), dirty_allowed=False)


def test_images_of_different_commits_have_no_tag_of_their_own(random_image: MakeImage) -> None:
    arm = replace(revised(random_image(1), "b" * 40), platform=Platform("linux", "arm64"))
    index = make_index([revised(random_image(), "a" * 40), arm], {})

    with pytest.raises(ShipError, match="built from different commits"):
        own_tag(Shipment(image=index), dirty_allowed=False)


def test_an_index_goes_with_what_tells_of_each_image(small: Small, random_image: MakeImage) -> None:
    images = [random_image(1), replace(random_image(2), platform=Platform("linux", "arm64"))]
    index = make_index(images, {})
    told = [replace(BILL, subject=each.manifest.descriptor) for each in images]

    done = ship(small.repository(), Shipment(image=index, attachments=told), ["1.0.0"])

    assert written(small.asked) == [
        *(each.digest for each in images),
        index.digest,
        *(each.digest for each in done.attached),
        "1.0.0",
    ]
    for image in images:
        (referrer,) = small.repository().read_referrers(image.digest)
        assert referrer.artifact_type == BILL.media_type
