"""What layouts and archives hold: platforms, layers that cannot be had, and what does harm."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import Blob
from boxwright.image.image import Image
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of, hex_of
from boxwright.oci.platform import Platform
from boxwright.store import archive, layout
from boxwright.store.stored import distance, known_image

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
AMD64 = Platform("linux", "amd64")


class Layout:
    """A layout that a test writes blob by blob."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def put(self, content: bytes, digest: str = "") -> dict[str, Any]:
        """Have *content* as a blob, by a name that may be another's; return its descriptor."""
        digest = digest or digest_of(content)
        (self.folder / "blobs" / "sha256" / hex_of(Digest(digest))).write_bytes(content)
        return {"mediaType": MANIFEST, "digest": digest, "size": len(content)}

    def put_json(self, document: object) -> dict[str, Any]:
        return self.put(canonical_json(document))

    def put_index(self, *entries: Mapping[str, Any]) -> dict[str, Any]:
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}
        return {**self.put_json(index), "mediaType": INDEX}

    def put_image(
        self,
        architecture: str = "amd64",
        variant: str = "",
        *,
        layers: tuple[Mapping[str, Any], ...] = (),
        **more: object,
    ) -> dict[str, Any]:
        """Have an image of *layers*, or with none; return its descriptor."""
        config = {
            "architecture": architecture,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [digest_of(b"") for _ in layers]},
        }
        if variant:
            config["variant"] = variant
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                **self.put_json(config),
                "mediaType": "application/vnd.oci.image.config.v1+json",
            },
            "layers": list(layers),
            **more,
        }
        return self.put_json(manifest)

    def top(self, *entries: Mapping[str, Any]) -> None:
        index = {"schemaVersion": 2, "manifests": list(entries)}
        (self.folder / "index.json").write_bytes(canonical_json(index))

    def archive(self) -> Path:
        """Return the same as an archive."""
        path = self.folder.with_suffix(".tar")
        with tarfile.open(path, "w") as opened:
            for file in sorted(self.folder.rglob("*")):
                opened.add(file, file.relative_to(self.folder), recursive=False)
        return path


@pytest.fixture
def made(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


def both(made: Layout) -> list[Callable[[], Image]]:
    """Return what reads the layout, and the same as an archive."""
    return [lambda: layout.read(made.folder), lambda: archive.read(made.archive())]


def platform(architecture: str, variant: str = "") -> dict[str, str]:
    return Platform("linux", architecture, variant).to_dict()


def content(blob: Blob) -> bytes:
    with blob.open() as file:
        return file.read()


def failure(blob: Blob) -> tuple[str, str]:
    with pytest.raises(StoreError) as caught:
        blob.open()
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        ("linux/amd64", "linux/amd64", 0),
        ("linux/arm64", "linux/arm64/v8", 0),
        ("linux/arm64/v8", "linux/arm64", 0),
        ("linux/arm", "linux/arm/v7", 0),
        ("linux/arm/v7", "linux/arm/v5", 2),
        ("linux/amd64/v3", "linux/amd64", 2),
        ("linux/arm/v6", "linux/arm/v7", None),
        ("linux/amd64/v2", "linux/amd64/v3", None),
        ("linux/amd64", "linux/amd64/v3", 100),
        ("linux/arm64", "linux/amd64", None),
        ("linux/amd64", "windows/amd64", None),
        ("linux/riscv64", "linux/riscv64", 0),
    ],
)
def test_how_far_a_platform_is_from_another(wanted: str, there: str, expected: int | None) -> None:
    first, second = (Platform(*text.split("/")) for text in (wanted, there))

    assert distance(first, second) == expected


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/arm/v8", "linux/arm/v7"),
        (None, "linux/arm64/v8"),
    ],
)
def test_of_several_platforms_the_nearest_is_read(
    made: Layout, monkeypatch, asked: str | None, found: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    every = (("amd64", ""), ("arm64", "v8"), ("arm", "v6"), ("arm", "v7"))
    made.top(
        made.put_index(*({**made.put_image(*one), "platform": platform(*one)} for one in every))
    )
    wanted = Platform(*asked.split("/")) if asked else None

    assert str(layout.read(made.folder, platform=wanted).platform) == found
    assert str(archive.read(made.archive(), platform=wanted).platform) == found


def test_where_none_is_for_this_machine_the_only_one_is_read(made: Layout, monkeypatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "s390x")
    made.top(made.put_index({**made.put_image("arm64"), "platform": platform("arm64")}))

    assert layout.read(made.folder).platform == Platform("linux", "arm64")

    two = [{**made.put_image(name), "platform": platform(name)} for name in ("amd64", "arm64")]
    made.top(made.put_index(*two))
    with pytest.raises(StoreError) as caught:
        layout.read(made.folder)
    assert caught.value.message == (f"the layout `{made.folder}` holds no image for linux/s390x")
    assert caught.value.hint == "name one of the platforms linux/amd64, linux/arm64"


def test_an_index_that_names_no_platforms_is_asked_for_configurations(made: Layout) -> None:
    made.top(made.put_index(made.put_image("amd64"), made.put_image("arm64")))

    found = layout.read(made.folder, platform=Platform("linux", "arm64"))

    assert found.platform == Platform("linux", "arm64")


def test_an_image_of_another_platform_is_told(made: Layout) -> None:
    made.top(made.put_image("amd64"))

    with pytest.raises(StoreError) as caught:
        layout.read(made.folder, platform=Platform("linux", "arm64"))

    assert caught.value.message == (
        f"the layout `{made.folder}` holds an image for linux/amd64, not for linux/arm64"
    )


def test_of_an_index_that_was_saved_in_part_what_is_there_is_read(
    made: Layout, monkeypatch
) -> None:
    """Docker on containerd's storage saves the index of all platforms with the image it has."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    gone = made.put_image("amd64")
    (made.folder / "blobs" / "sha256" / hex_of(gone["digest"])).unlink()
    there = made.put_image("arm64")
    made.top(
        made.put_index(
            {**gone, "platform": platform("amd64")}, {**there, "platform": platform("arm64")}
        )
    )

    assert layout.read(made.folder).digest == there["digest"]
    with pytest.raises(StoreError, match="lacks the blob"):
        layout.read(made.folder, platform=AMD64)


def test_an_image_with_two_names_is_one(made: Layout) -> None:
    image = made.put_image()
    names = [{"org.opencontainers.image.ref.name": name} for name in ("1", "latest")]
    made.top(*({**image, "annotations": name} for name in names))

    assert layout.read(made.folder).digest == image["digest"]


def test_the_manifest_of_one_platform_is_found_by_its_digest(made: Layout) -> None:
    one, two = made.put_image("amd64"), made.put_image("arm64")
    made.top(made.put_index(one, two))

    assert layout.read(made.folder, two["digest"]).digest == two["digest"]


LAYER = {"digest": digest_of(b""), "size": 0}


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ],
)
def test_a_foreign_layer_is_told_and_the_rest_is_read(made: Layout, media_type: str) -> None:
    foreign = {**LAYER, "mediaType": media_type, "urls": ["https://vendor.example/layer"]}
    made.top(made.put_image(layers=(foreign,)))

    found = layout.read(made.folder)

    message, hint = failure(found.layers[0].blob)
    assert message == (
        f"the layer {digest_of(b'')} is foreign:"
        " it is to be had from `https://vendor.example/layer`"
    )
    assert hint == "its owner does not let it be passed on, so it lies elsewhere"
    made.put(b"")
    assert content(layout.read(made.folder).layers[0].blob) == b""


@pytest.mark.parametrize(
    ("media_type", "how"),
    [
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "is encrypted"),
        ("application/vnd.oci.image.layer.v1.tar+encrypted", "is encrypted"),
        ("application/vnd.oci.image.layer.v1.tar+xz", "has an unknown media type"),
        ("text/plain", "has an unknown media type"),
    ],
)
def test_a_layer_of_another_kind_is_told_and_the_rest_is_read(
    made: Layout, media_type: str, how: str
) -> None:
    made.put(b"")
    plain = {**LAYER, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    made.top(made.put_image(layers=({**LAYER, "mediaType": media_type}, plain)))

    other, readable = layout.read(made.folder).layers

    assert failure(other.blob)[0] == f"the layer {digest_of(b'')} {how}: `{media_type}`"
    assert content(readable.blob) == b""


def test_a_layer_that_is_gone_is_told_in_the_archive_too(made: Layout) -> None:
    missing = {**LAYER, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    made.top(made.put_image(layers=(missing,)))
    path = made.archive()

    assert failure(archive.read(path).layers[0].blob) == (
        f"the archive `{path}` lacks the blob {digest_of(b'')}",
        "the archive is damaged or was made in part; make it again",
    )


def test_an_index_that_contains_itself_is_refused(made: Layout) -> None:
    """No content can hold its own digest, so one that claims to lies about it."""
    lie = digest_of(b"lie")
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    entry = {"mediaType": INDEX, "digest": lie, "size": 0}
    index["manifests"] = [entry]
    for _ in range(3):
        entry["size"] = len(canonical_json(index))
    made.put(canonical_json(index), lie)
    made.top(entry)

    with pytest.raises(DigestMismatchError):
        layout.read(made.folder)
    with pytest.raises(DigestMismatchError):
        archive.read(made.archive())


def test_indexes_within_indexes_come_to_an_end(made: Layout) -> None:
    entry = made.put_image()
    for _ in range(4):
        entry = made.put_index(entry)
    made.top(entry)
    deep = layout.read(made.folder)
    made.top(made.put_index(entry))

    assert deep.platform == AMD64
    with pytest.raises(StoreError, match="is an index below 4 others"):
        layout.read(made.folder)


def test_indexes_beside_each_other_come_to_an_end(made: Layout) -> None:
    image = made.put_image()
    many = [made.put_index({**image, "annotations": {"n": str(at)}}) for at in range(70)]
    made.top(made.put_index(*many))

    with pytest.raises(StoreError, match="or one of 65 in one image"):
        layout.read(made.folder)


def test_an_index_of_ten_thousand_is_read(made: Layout) -> None:
    image = made.put_image("arm64")
    others = [
        {
            "mediaType": MANIFEST,
            "digest": digest_of(b"%d" % at),
            "size": at,
            "platform": AMD64.to_dict(),
        }
        for at in range(10_000)
    ]
    made.top(made.put_index(*others, {**image, "platform": platform("arm64")}))

    assert layout.read(made.folder, platform=Platform("linux", "arm64")).digest == image["digest"]
    with pytest.raises(StoreError, match="lacks the blob"):
        layout.read(made.folder, platform=AMD64)


def test_ten_thousand_images_are_not_all_named(made: Layout) -> None:
    made.top(
        *(
            {"mediaType": MANIFEST, "digest": digest_of(b"%d" % at), "size": 1}
            for at in range(10_000)
        )
    )

    with pytest.raises(StoreError) as caught:
        layout.read(made.folder)

    assert caught.value.message.endswith("holds 10000 images")
    assert len(caught.value.hint) < 2000


def grown(document: object) -> bytes:
    return canonical_json(document) + b" " * (5 << 20)


@pytest.mark.parametrize("which", ["index", "manifest", "config"])
def test_a_document_of_five_megabytes_is_refused(made: Layout, which: str) -> None:
    image = made.put_image()
    manifest = json.loads((made.folder / "blobs" / "sha256" / hex_of(image["digest"])).read_bytes())
    if which == "config":
        name = hex_of(manifest["config"]["digest"])
        config = grown(json.loads((made.folder / "blobs" / "sha256" / name).read_bytes()))
        manifest["config"] |= made.put(config) | {"mediaType": manifest["config"]["mediaType"]}
        image = made.put_json(manifest)
    elif which == "manifest":
        image = made.put(grown(manifest))
    made.top(image)
    if which == "index":
        (made.folder / "index.json").write_bytes(grown({"schemaVersion": 2, "manifests": [image]}))

    for read in both(made):
        with pytest.raises(StoreError, match="more than the 4194304 that"):
            read()


@pytest.mark.parametrize("more", [-1, 1, 1 << 40])
@pytest.mark.parametrize("which", ["manifest", "config", "layer"])
def test_a_size_that_lies_is_found(made: Layout, which: str, more: int) -> None:
    plain = {**made.put(bytes(1024)), "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    if which == "layer":
        plain["size"] += more
    image = made.put_image(layers=(plain,))
    if which == "config":
        path = made.folder / "blobs" / "sha256" / hex_of(image["digest"])
        manifest = json.loads(path.read_bytes())
        manifest["config"]["size"] += more
        image = made.put_json(manifest)
    if which == "manifest":
        image["size"] += more
    made.top(image)

    for read in both(made):
        if which == "layer":
            with pytest.raises(StoreError):
                content(read().layers[0].blob)
        else:
            with pytest.raises(StoreError):
                read()


def test_blobs_lie_in_the_layout_only(made: Layout, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"{}")
    entry = {"mediaType": MANIFEST, "digest": "sha256:../../../../secret", "size": 2}
    made.top(entry)

    with pytest.raises(StoreError, match=r"manifests\[0\].digest: expected `sha256:`"):
        layout.read(made.folder)


def test_what_builds_attest_is_found_and_is_no_image(made: Layout) -> None:
    image = made.put_image()
    told = {**made.put(b'{"predicateType":"spdx"}'), "mediaType": "application/vnd.in-toto+json"}
    attested = made.put_image("unknown", layers=(told,), artifactType="application/x-attestation")
    marks = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image["digest"],
    }
    other = {**marks, "vnd.docker.reference.digest": digest_of(b"other")}
    made.top(
        made.put_index(
            {**image, "platform": platform("amd64")},
            {**attested, "annotations": marks},
            {**made.put_image("other"), "annotations": other},
        )
    )

    for read, read_referrers, place in (
        (layout.read, layout.read_referrers, made.folder),
        (archive.read, archive.read_referrers, made.archive()),
    ):
        found = read_referrers(place, read(place).digest)
        assert [(one.artifact_type, [content(blob) for blob in one.blobs]) for one in found] == [
            ("application/x-attestation", [b'{"predicateType":"spdx"}'])
        ]


def test_what_names_an_image_as_its_subject_is_found(made: Layout) -> None:
    image = made.put_image()
    subject = made.put_image("arm64", subject=image)
    made.top(image, subject, made.put_image("s390x", subject=made.put_image("riscv64")))

    found = layout.read_referrers(made.folder, Digest(image["digest"]))

    assert [one.descriptor.digest for one in found] == [subject["digest"]]


def test_an_artefact_is_no_image(made: Layout) -> None:
    image = made.put_image()
    path = made.folder / "blobs" / "sha256" / hex_of(image["digest"])
    manifest = json.loads(path.read_bytes())
    manifest["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    made.top(made.put_json(manifest))

    with pytest.raises(StoreError, match="is an artefact of type `application/"):
        layout.read(made.folder)


def test_a_manifest_of_docker_before_1_10_is_told(made: Layout) -> None:
    old = {"schemaVersion": 1, "name": "x", "fsLayers": []}
    made.top(made.put_json(old))

    with pytest.raises(StoreError, match="schemaVersion: expected 2, found `1`"):
        layout.read(made.folder)


def test_an_image_is_known_by_its_documents(random_image) -> None:
    image: Image = random_image(layers=3)

    found = known_image(image.manifest.content, image.config.content)

    assert (found.digest, found.config, found.platform) == (
        image.digest,
        image.config,
        image.platform,
    )
    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]
    assert failure(found.layers[0].blob)[1] == "read the image again"
    with pytest.raises(StoreError):
        known_image(image.manifest.content, random_image(2).config.content)


def test_noise_is_an_error_of_the_store(made: Layout) -> None:
    for noise in (b"", b"[]", b"1", b'{"schemaVersion":2,"manifests":[1]}', io.BytesIO().read()):
        (made.folder / "index.json").write_bytes(noise)
        with pytest.raises(StoreError):
            layout.read(made.folder)
