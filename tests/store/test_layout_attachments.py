"""What a layout tells of its images: manifests with a subject, which come and go with the image."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.conftest import MakeImage, Run

from boxwright.errors import StoreError
from boxwright.oci.digest import digest_of
from boxwright.store import layout
from boxwright.store.copy import write_file
from boxwright.store.layout import Attachment
from boxwright.store.stored import Referrer

BILL = Attachment(media_type="application/vnd.cyclonedx+json", content=b'{"bomFormat":"CycloneDX"}')
NOTE = Attachment(media_type="text/plain", content=b"note", annotations={"about": "nothing"})


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def told(referrers: tuple[Referrer, ...]) -> list[tuple[str, bytes]]:
    return [(each.artifact_type, each.blobs[0].open().read()) for each in referrers]


def test_what_is_attached_is_read_back(tmp_path: Path, random_image: MakeImage) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")

    layout.attach(tmp_path, image, [BILL, NOTE])

    assert told(layout.read_referrers(tmp_path, image.digest)) == [
        (BILL.media_type, BILL.content),
        (NOTE.media_type, NOTE.content),
    ]


def test_the_manifest_is_as_the_specification_has_it(
    tmp_path: Path, random_image: MakeImage
) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")

    layout.attach(tmp_path, image, [NOTE])

    (referrer,) = layout.read_referrers(tmp_path, image.digest)
    path = tmp_path / "blobs" / "sha256" / referrer.descriptor.digest.partition(":")[2]
    assert json.loads(path.read_bytes()) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "text/plain",
        "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "size": 2,
        },
        "layers": [{"mediaType": "text/plain", "digest": digest_of(b"note"), "size": 4}],
        "subject": image.manifest.descriptor.to_dict(),
        "annotations": {"about": "nothing"},
    }


def test_the_image_stays_the_only_one(tmp_path: Path, random_image: MakeImage, run: Run) -> None:
    image = random_image()
    layout.write(tmp_path / "image", image, None)
    layout.attach(tmp_path / "image", image, [BILL])

    assert layout.read(tmp_path / "image").digest == image.digest
    # Of two entries in an index these take neither.
    run("skopeo", "copy", f"oci:{tmp_path / 'image'}", f"oci:{tmp_path / 'copy'}:1")
    assert layout.read(tmp_path / "copy").digest == image.digest


def test_the_same_again_writes_nothing(tmp_path: Path, random_image: MakeImage) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")
    layout.attach(tmp_path, image, [BILL])
    before = {path: path.stat() for path in tmp_path.rglob("*")}

    layout.write(tmp_path, image, "name:1")
    layout.attach(tmp_path, image, [BILL])

    after = {path: path.stat() for path in tmp_path.rglob("*")}
    assert {path: (each.st_ino, each.st_mtime_ns) for path, each in before.items()} == {
        path: (each.st_ino, each.st_mtime_ns) for path, each in after.items()
    }


def test_it_is_told_under_every_name(tmp_path: Path, random_image: MakeImage) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")
    layout.attach(tmp_path, image, [BILL])
    layout.write(tmp_path, image, "name:2")

    layout.write(tmp_path, random_image(1), "name:1")

    assert told(layout.read_referrers(tmp_path, image.digest)) == [(BILL.media_type, BILL.content)]


def test_other_attachments_take_the_place_of_those_before(
    tmp_path: Path, random_image: MakeImage
) -> None:
    image = random_image()
    layout.write(tmp_path / "one", image, "name:1")
    layout.attach(tmp_path / "one", image, [BILL])
    layout.write(tmp_path / "other", image, "name:1")
    layout.attach(tmp_path / "other", image, [NOTE])

    layout.attach(tmp_path / "one", image, [NOTE])

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_nothing_is_left_of_them_where_there_are_none(
    tmp_path: Path, random_image: MakeImage
) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")
    before = contents(tmp_path)
    layout.attach(tmp_path, image, [BILL])

    layout.attach(tmp_path, image, [])

    assert contents(tmp_path) == before


def test_they_go_with_the_image_that_is_replaced(tmp_path: Path, random_image: MakeImage) -> None:
    layout.write(tmp_path / "one", random_image(0), "name:1")
    layout.attach(tmp_path / "one", random_image(0), [BILL])
    layout.write(tmp_path / "other", random_image(1), "name:1")

    layout.write(tmp_path / "one", random_image(1), "name:1")

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_each_image_has_its_own(tmp_path: Path, random_image: MakeImage) -> None:
    one, other = random_image(0), random_image(1)
    for image, name, attached in ((one, "name:1", BILL), (other, "name:2", NOTE)):
        layout.write(tmp_path, image, name)
        layout.attach(tmp_path, image, [attached])

    assert told(layout.read_referrers(tmp_path, one.digest)) == [(BILL.media_type, BILL.content)]
    assert told(layout.read_referrers(tmp_path, other.digest)) == [(NOTE.media_type, NOTE.content)]


def test_an_image_that_is_not_there(tmp_path: Path, random_image: MakeImage) -> None:
    layout.write(tmp_path, random_image(0), "name:1")
    before = contents(tmp_path)

    with pytest.raises(StoreError, match="holds no image sha256:"):
        layout.attach(tmp_path, random_image(1), [BILL])

    assert contents(tmp_path) == before


def test_a_failure_leaves_the_layout_as_it_was(
    tmp_path: Path, random_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name:1")
    before = contents(tmp_path)

    def fail(path: Path, content: bytes) -> None:
        if path.name == "index.json":
            raise StoreError("no room")
        write_file(path, content)

    monkeypatch.setattr("boxwright.store.layout.write_file", fail)
    with pytest.raises(StoreError, match="no room"):
        layout.attach(tmp_path, image, [BILL])

    assert contents(tmp_path) == before


def test_what_was_cleaned_away_is_not_told(
    tmp_path: Path, random_image: MakeImage, run: Run
) -> None:
    image = random_image()
    layout.write(tmp_path / "image", image, "name:1")
    layout.attach(tmp_path / "image", image, [BILL])
    if shutil.which("umoci") is None:
        pytest.skip("no program `umoci`")

    run("umoci", "gc", "--layout", tmp_path / "image")

    assert layout.read(tmp_path / "image", "name:1").digest == image.digest
    assert layout.read_referrers(tmp_path / "image", image.digest) == ()
    layout.attach(tmp_path / "image", image, [BILL])
    assert len(layout.read_referrers(tmp_path / "image", image.digest)) == 1
