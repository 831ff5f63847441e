"""Layouts: what is in the folder, what stays, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.validate import validate
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of, hex_of
from boxwright.oci.platform import Platform
from boxwright.store import layout


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def blob(folder: Path, digest: str) -> Path:
    return folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def test_what_is_written_is_read_back(tmp_path, random_image) -> None:
    image = random_image(layers=3)
    layout.write(tmp_path / "out", image, "name:1")

    found = layout.read(tmp_path / "out")

    assert (found.manifest, found.config) == (image.manifest, image.config)
    assert [layer.created_by for layer in found.layers] == ["layer 0", "layer 1", "layer 2"]
    assert found.platform == Platform("linux", "amd64")
    assert validate(found) == ()


def test_the_folder_is_a_layout_of_the_specification(tmp_path, random_image) -> None:
    image = random_image()

    layout.write(tmp_path / "out", image, "team/name:1")

    found = contents(tmp_path / "out")
    digests = [
        image.digest,
        image.config.descriptor.digest,
        *(layer.blob.descriptor.digest for layer in image.layers),
    ]
    assert set(found) == {
        "index.json",
        "oci-layout",
        *(f"blobs/sha256/{hex_of(digest)}" for digest in digests),
    }
    assert found["oci-layout"] == b'{"imageLayoutVersion":"1.0.0"}'
    assert json.loads(found["index.json"]) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": image.digest,
                "size": image.manifest.descriptor.size,
                "annotations": {
                    "io.containerd.image.name": "docker.io/team/name:1",
                    "org.opencontainers.image.ref.name": "1",
                },
                "platform": {"architecture": "amd64", "os": "linux"},
            }
        ],
    }


def test_the_same_image_is_the_same_bytes(tmp_path, random_image) -> None:
    layout.write(tmp_path / "one", random_image(), "name")
    layout.write(tmp_path / "two", random_image(), "name")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_what_is_there_is_not_written_again(tmp_path, random_image) -> None:
    first = layout.write(tmp_path / "out", random_image(), "name")
    inodes = [path.stat().st_ino for path in sorted((tmp_path / "out").rglob("*"))]

    second = layout.write(tmp_path / "out", random_image(), "name")

    assert (first > 2000, second) == (True, 0)
    assert [path.stat().st_ino for path in sorted((tmp_path / "out").rglob("*"))] == inodes


def test_a_blob_is_a_copy_and_no_link(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path / "out", image, "name")

    assert {path.stat().st_nlink for path in (tmp_path / "out").rglob("*") if path.is_file()} == {1}


def test_other_images_stay(tmp_path, random_image) -> None:
    one, two = random_image(1), random_image(2)
    layout.write(tmp_path / "out", one, "name:1")
    layout.write(tmp_path / "out", two, "name:2")

    assert layout.read(tmp_path / "out", "name:1").digest == one.digest
    assert layout.read(tmp_path / "out", "docker.io/library/name:2").digest == two.digest
    assert layout.read(tmp_path / "out", "1").digest == one.digest
    assert layout.read(tmp_path / "out", two.digest).digest == two.digest


def test_an_image_of_the_same_name_is_replaced_and_its_blobs_are_removed(
    tmp_path, random_image
) -> None:
    layout.write(tmp_path / "out", random_image(1), "name:1")
    layout.write(tmp_path / "out", random_image(2), "name:1")
    layout.write(tmp_path / "new", random_image(2), "name:1")

    assert contents(tmp_path / "out") == contents(tmp_path / "new")


def test_what_a_replaced_image_shares_with_another_stays(tmp_path, random_image) -> None:
    layout.write(tmp_path / "out", random_image(1), "name:keep")
    layout.write(tmp_path / "out", random_image(1), "name:change")

    layout.write(tmp_path / "out", random_image(2), "name:change")

    assert validate(layout.read(tmp_path / "out", "name:keep")) == ()
    assert validate(layout.read(tmp_path / "out", "name:change")) == ()


def test_what_other_programs_wrote_into_the_index_stays(tmp_path, random_image) -> None:
    layout.write(tmp_path / "out", random_image(1), "name:1")
    index = json.loads((tmp_path / "out" / "index.json").read_bytes())
    index["manifests"][0]["artifactType"] = "something/else"
    index["x-other"] = [1]
    (tmp_path / "out" / "index.json").write_bytes(canonical_json(index))

    layout.write(tmp_path / "out", random_image(2), "name:2")

    found = json.loads((tmp_path / "out" / "index.json").read_bytes())
    assert (found["manifests"][0], found["x-other"]) == (index["manifests"][0], [1])


def test_an_image_without_a_name_replaces_the_one_without(tmp_path, random_image) -> None:
    layout.write(tmp_path / "out", random_image(1), None)
    layout.write(tmp_path / "out", random_image(2), None)

    assert layout.read(tmp_path / "out").digest == random_image(2).digest


def test_a_blob_of_another_size_is_written_again(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path / "out", image, "name")
    blob(tmp_path / "out", image.layers[0].blob.descriptor.digest).write_bytes(b"short")

    layout.write(tmp_path / "out", image, "name")

    assert validate(layout.read(tmp_path / "out")) == ()


def test_verifying_writes_a_damaged_blob_again(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path / "out", image, "name")
    path = blob(tmp_path / "out", image.layers[0].blob.descriptor.digest)
    path.write_bytes(bytes(path.stat().st_size))

    layout.write(tmp_path / "out", image, "name")
    trusted = validate(layout.read(tmp_path / "out"))
    layout.write(tmp_path / "out", image, "name", verify=True)

    assert trusted != ()
    assert validate(layout.read(tmp_path / "out")) == ()


def test_a_folder_of_something_else_is_refused_and_untouched(tmp_path, random_image) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("dear")

    with pytest.raises(StoreError) as caught:
        layout.write(tmp_path / "out", random_image(), "name")

    assert caught.value.message == (
        f"the folder `{tmp_path / 'out'}` is not empty and no OCI image layout:"
        " it holds `thesis.tex`"
    )
    assert caught.value.hint == "write to a new folder, or empty this one"
    assert contents(tmp_path / "out") == {"thesis.tex": b"dear"}


def test_a_file_in_the_way_is_refused(tmp_path, random_image) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(StoreError) as caught:
        layout.write(tmp_path / "out", random_image(), "name")

    assert (
        caught.value.message
        == f"`{tmp_path / 'out'}` cannot be a folder: there is a file in the way"
    )


def test_what_no_layout_is_cannot_be_read(tmp_path) -> None:
    with pytest.raises(StoreError) as caught:
        layout.read(tmp_path)

    assert caught.value.message == (
        f"`{tmp_path}` is no OCI image layout: it has no file `oci-layout`"
    )


def test_which_image_has_to_be_said_where_there_are_several(tmp_path, random_image) -> None:
    layout.write(tmp_path, random_image(1), "name:1")
    layout.write(tmp_path, random_image(2), "name:2")
    names = "`docker.io/library/name:1`, `docker.io/library/name:2`"

    with pytest.raises(StoreError) as several:
        layout.read(tmp_path)
    with pytest.raises(StoreError) as none:
        layout.read(tmp_path, "name:3")

    assert several.value.message == f"the layout `{tmp_path}` holds 2 images"
    assert several.value.hint == f"name one of {names}"
    assert none.value.message == f"the layout `{tmp_path}` holds no image `name:3`"
    assert none.value.hint == f"it holds {names}"


@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_tampered_document_is_refused(tmp_path, random_image, which: str) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name")
    path = blob(tmp_path, getattr(image, which).descriptor.digest)
    path.write_bytes(path.read_bytes().replace(b"layer", b"lawyer"[:5]))

    with pytest.raises(DigestMismatchError):
        layout.read(tmp_path)


def test_a_tampered_layer_is_refused_when_it_is_read(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path / "out", image, "name")
    path = blob(tmp_path / "out", image.layers[1].blob.descriptor.digest)
    path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(DigestMismatchError):
        layout.write(tmp_path / "copy", layout.read(tmp_path / "out"), "name")

    assert not (tmp_path / "copy").exists()


def test_a_missing_layer_is_named_by_its_blob_and_the_rest_is_read(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name")
    digest = image.layers[0].blob.descriptor.digest
    blob(tmp_path, digest).unlink()

    found = layout.read(tmp_path)

    with pytest.raises(StoreError) as caught:
        found.layers[0].blob.open()
    assert caught.value.message == f"the layout `{tmp_path}` lacks the blob {digest}"
    assert found.config == image.config
    with pytest.raises(StoreError):
        layout.write(tmp_path / "copy", found, "name")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_missing_document_is_named(tmp_path, random_image, which: str) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name")
    digest = getattr(image, which).descriptor.digest
    blob(tmp_path, digest).unlink()

    with pytest.raises(StoreError) as caught:
        layout.read(tmp_path)

    assert caught.value.message == f"the layout `{tmp_path}` lacks the blob {digest}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("index.json", b"{", "is no JSON document"),
        (
            "index.json",
            b'{"schemaVersion":2,"manifests":[{}]}',
            "manifests[0].mediaType is missing",
        ),
        ("index.json", b'{"schemaVersion":2}', "manifests is missing"),
        ("oci-layout", b"{}", "imageLayoutVersion is missing"),
        (
            "oci-layout",
            b'{"imageLayoutVersion":"2.0.0"}',
            "expected version `1.0.0`, found `2.0.0`",
        ),
    ],
)
def test_a_damaged_layout_is_neither_read_nor_written(
    tmp_path, random_image, name: str, content: bytes, message: str
) -> None:
    layout.write(tmp_path, random_image(), "name")
    (tmp_path / name).write_bytes(content)

    for action in (
        lambda: layout.read(tmp_path),
        lambda: layout.write(tmp_path, random_image(2), "name"),
    ):
        with pytest.raises(StoreError) as caught:
            action()
        assert f"`{tmp_path / name}`" in caught.value.message
        assert message in caught.value.message
    assert (tmp_path / name).read_bytes() == content


def test_a_document_larger_than_any_is_refused(tmp_path, random_image) -> None:
    image = random_image()
    layout.write(tmp_path, image, "name")
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"][0]["size"] = 5 << 30
    (tmp_path / "index.json").write_bytes(canonical_json(index))

    with pytest.raises(StoreError, match="more than the 4194304 that a document may have"):
        layout.read(tmp_path)


def nested(folder: Path, image, platforms: list[dict[str, str]]) -> None:
    """Write a layout whose one entry is an index, as BuildKit does it."""
    layout.write(folder, image, "name")
    index = json.loads((folder / "index.json").read_bytes())
    inner = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {key: index["manifests"][0][key] for key in ("mediaType", "digest", "size")}
                | {"platform": platform}
                for platform in platforms
            ],
        }
    )
    digest = digest_of(inner)
    blob(folder, digest).write_bytes(inner)
    index["manifests"] = [
        {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": digest,
            "size": len(inner),
        }
    ]
    (folder / "index.json").write_bytes(canonical_json(index))


def test_an_image_for_several_platforms_is_read_for_the_one_that_is_asked_for(
    tmp_path, random_image
) -> None:
    amd64, arm64 = ({"os": "linux", "architecture": name} for name in ("amd64", "arm64"))
    nested(tmp_path, random_image(), [amd64, arm64, {"os": "unknown", "architecture": "unknown"}])

    found = layout.read(tmp_path, platform=Platform("linux", "arm64"))

    assert found.digest == random_image().digest
    with pytest.raises(StoreError) as caught:
        layout.read(tmp_path, platform=Platform("linux", "riscv64"))
    assert caught.value.hint == "name one of the platforms linux/amd64, linux/arm64"


def test_attestations_beside_an_image_are_passed_over(tmp_path, random_image) -> None:
    amd64 = {"os": "linux", "architecture": "amd64"}
    nested(tmp_path, random_image(), [amd64, {"os": "unknown", "architecture": "unknown"}])

    assert layout.read(tmp_path).digest == random_image().digest


def test_a_name_with_a_digest_is_refused(tmp_path, random_image) -> None:
    with pytest.raises(StoreError, match="has a digest, which an image cannot be given"):
        layout.write(tmp_path / "out", random_image(), f"name@{random_image().digest}")

    assert not (tmp_path / "out").exists()


COPY = """
import resource, signal, sys
from pathlib import Path
from boxwright.errors import StoreError
from boxwright.progress import Silent
from boxwright.store import layout

class Stop(Silent):
    def advance(self, task, amount):
        signal.raise_signal(signal.SIGINT if sys.argv[3] == "SIGINT" else signal.SIGKILL)

source, target, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
image = layout.read(source, "name:2")
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    layout.write(target, image, "name:1", progress=Silent() if how == "full" else Stop())
except StoreError as error:
    print(error.message)
    print(error.hint)
"""


@pytest.fixture
def source(tmp_path: Path, random_image) -> Path:
    layout.write(tmp_path / "source", random_image(2, size=10_000), "name:2")
    return tmp_path / "source"


def copy(source: Path, target: Path, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COPY, source, target, how], capture_output=True, text=True
    )


@pytest.mark.parametrize("how", ["full", "SIGINT"])
def test_a_new_layout_that_cannot_be_finished_leaves_nothing(tmp_path, source, how) -> None:
    done = copy(source, tmp_path / "target", how)

    if how == "full":
        message, hint = done.stdout.splitlines()
        assert message.startswith(f"`{tmp_path / 'target'}")
        assert message.endswith("cannot be written: File too large")
        assert hint == "make room, or write to another disk"
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("how", ["full", "SIGINT"])
def test_a_layout_that_cannot_be_changed_stays_as_it_was(
    tmp_path, source, random_image, how
) -> None:
    layout.write(tmp_path / "target", random_image(1), "name:1")
    before = contents(tmp_path / "target")

    copy(source, tmp_path / "target", how)

    assert contents(tmp_path / "target") == before


def test_a_build_that_is_killed_leaves_a_layout_that_the_next_one_cleans(
    tmp_path, source, random_image
) -> None:
    layout.write(tmp_path / "target", random_image(1), "name:1")

    done = copy(source, tmp_path / "target", "SIGKILL")

    assert done.returncode == -signal.SIGKILL
    assert validate(layout.read(tmp_path / "target", "name:1")) == ()
    layout.write(tmp_path / "target", layout.read(source), "name:1")
    layout.write(tmp_path / "new", layout.read(source), "name:1")
    assert contents(tmp_path / "target") == contents(tmp_path / "new")


def test_a_new_layout_whose_build_was_killed_is_written_by_the_next_one(tmp_path, source) -> None:
    copy(source, tmp_path / "target", "SIGKILL")

    layout.write(tmp_path / "target", layout.read(source), "name:1")

    assert validate(layout.read(tmp_path / "target")) == ()


WRITE = """
import sys
from pathlib import Path
from boxwright.store import layout
for _ in range(20):
    layout.write(Path(sys.argv[2]), layout.read(Path(sys.argv[1])), sys.argv[3])
"""


def test_two_builds_at_once_into_one_layout_both_arrive(tmp_path, source) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITE, source, tmp_path / "target", name])
        for name in ("name:1", "name:2")
    ]

    assert [process.wait() for process in processes] == [0, 0]
    for name in ("name:1", "name:2"):
        assert validate(layout.read(tmp_path / "target", name)) == ()


def test_a_folder_that_may_not_be_written_is_an_error_with_a_hint(tmp_path, source) -> None:
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o555)
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(path.stat().st_mode | 0o055)
    python: list[str | Path] = [sys.executable]
    if os.geteuid() == 0:
        drop = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all"
        python = [*drop.split(), sys.executable]
        if (
            shutil.which("setpriv") is None
            or subprocess.run([*python, "-c", "import boxwright"], capture_output=True).returncode
        ):
            pytest.skip("nobody but root can run this Python")

    done = subprocess.run(
        [*python, "-c", COPY, source, parent / "target", "full"], capture_output=True, text=True
    )

    assert done.stdout.splitlines() == [
        f"`{parent / 'target'}` cannot be written: Permission denied",
        "write to a folder that is yours, or change its permissions",
    ]
