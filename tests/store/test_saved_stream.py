"""Archives that stream by: the same as at rest, whichever way they are packed, and kept nowhere."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.decompress import Readable, decompressed
from boxwright.image.image import Image
from boxwright.oci.digest import Digest, digest_of, hex_of
from boxwright.oci.platform import Platform
from boxwright.store import archive
from boxwright.store.saved_stream import SavedStream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def diff_id(stream: IO[bytes]) -> str:
    """Return the digest of the tar in *stream*, as a look at a layer does."""
    found = hashlib.sha256()
    source = decompressed(stream)
    while piece := source.read(1 << 20):
        found.update(piece)
    return f"sha256:{found.hexdigest()}"


def stream_of(content: bytes, **more: object) -> SavedStream:
    @contextmanager
    def opened() -> Iterator[Readable]:
        yield io.BytesIO(content)

    return SavedStream("the stream", opened, **more)  # type: ignore[arg-type]


def tar_of(members: Mapping[str, bytes], links: Mapping[str, str] = {}) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            opened.addfile(link)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def content(image: Image, at: int) -> bytes:
    with image.layers[at].blob.open() as file:
        return file.read()


def plain(image: Image, at: int) -> bytes:
    return gzip.decompress(content(image, at))


def saved(*images: tuple[Image, str], pack: Callable[[bytes], bytes] = bytes) -> dict[str, bytes]:
    """Return the members that docker up to 24 writes, documents last."""
    members: dict[str, bytes] = {}
    entries = []
    for image, name in images:
        layers = []
        for at in range(len(image.layers)):
            tar = plain(image, at)
            layers.append(f"{hashlib.sha256(tar).hexdigest()[:12]}/layer.tar")
            members[layers[-1]] = pack(tar)
        config = f"{hex_of(image.config.descriptor.digest)}.json"
        members[config] = image.config.content
        entries.append({"Config": config, "RepoTags": [name], "Layers": layers})
    return {**members, "manifest.json": json.dumps(entries).encode()}


def written(path: Path, image: Image, name: str = "name:1") -> bytes:
    archive.write(path, image, name)
    return path.read_bytes()


def outcomes(image: Image) -> tuple[str, ...]:
    return tuple(layer.diff_id for layer in image.layers)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_an_oci_archive_streams_by(tmp_path, random_image, pack) -> None:
    image = random_image(layers=3)
    whole = written(tmp_path / "a.tar", image)

    found, visited = stream_of(pack(whole)).read(diff_id)

    assert (found.manifest, found.config) == (image.manifest, image.config)
    assert [layer.blob.descriptor for layer in found.layers] == [
        layer.blob.descriptor for layer in image.layers
    ]
    assert visited == outcomes(image)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
@pytest.mark.parametrize("pack_layers", [bytes, gzip.compress, zstd.compress])
def test_what_docker_saves_streams_by_as_it_lies_at_rest(
    tmp_path, random_image, pack, pack_layers
) -> None:
    image = random_image(layers=3)
    whole = tar_of(saved((image, "name:1"), pack=pack_layers))
    (tmp_path / "a.tar").write_bytes(whole)

    found, visited = stream_of(pack(whole)).read(diff_id)

    at_rest = archive.read(tmp_path / "a.tar")
    assert (found.manifest, found.config) == (at_rest.manifest, at_rest.config)
    assert visited == outcomes(image)


def test_layers_cannot_be_opened_afterwards(tmp_path, random_image) -> None:
    found, _ = stream_of(written(tmp_path / "a.tar", random_image())).read(diff_id)

    with pytest.raises(StoreError) as caught:
        found.layers[0].blob.open()

    name = f"blobs/sha256/{hex_of(found.layers[0].blob.descriptor.digest)}"
    assert caught.value.message == f"`{name}` in the stream was read from a stream, and is not kept"


def test_a_layer_that_is_saved_as_a_link_is_seen_once(random_image) -> None:
    """Docker up to 24 writes a layer that comes again as a link, which may come first."""
    image = random_image(layers=3)
    members = saved((image, "name:1"))
    one, two, _ = json.loads(members["manifest.json"])[0]["Layers"]
    del members[two]
    config = json.loads(image.config.content)
    config["rootfs"]["diff_ids"][1] = config["rootfs"]["diff_ids"][0]
    content = json.dumps(config).encode()
    members["manifest.json"] = json.dumps(
        [{"Config": "config.json", "Layers": json.loads(members["manifest.json"])[0]["Layers"]}]
    ).encode()
    members["config.json"] = content
    seen: list[str] = []

    def visit(stream: IO[bytes]) -> str:
        seen.append(diff_id(stream))
        return seen[-1]

    found, visited = stream_of(tar_of(members, {two: f"../{one}"})).read(visit)

    first, _, third = outcomes(image)
    assert visited == (first, first, third)
    assert seen == [first, third]
    assert found.config.descriptor.digest == digest_of(content)


def test_a_layer_that_two_images_share_is_seen_once(random_image) -> None:
    one, two = random_image(1), random_image(1, files={"a": b"b"})
    seen: list[str] = []
    whole = tar_of(saved((one, "one:1"), (two, "two:1")))

    def visit(stream: IO[bytes]) -> str:
        seen.append(diff_id(stream))
        return seen[-1]

    found, visited = stream_of(whole, reference="two:1").read(visit)

    assert (found.config, visited) == (two.config, outcomes(two))
    assert len(seen) == 3
    with pytest.raises(StoreError) as caught:
        stream_of(whole).read(diff_id)
    assert (caught.value.message, caught.value.hint) == (
        "the stream holds 2 images",
        "name one of `one:1`, `two:1`",
    )


def test_a_visit_may_read_as_little_as_it_likes(tmp_path, random_image) -> None:
    image = random_image()
    whole = written(tmp_path / "a.tar", image)

    _, nothing = stream_of(whole).read(lambda stream: "seen")
    _, little = stream_of(whole).read(lambda stream: stream.read(2))

    assert (nothing, little) == (("seen",) * 2, (b"\x1f\x8b",) * 2)


def test_what_a_visit_cannot_read_is_what_its_layer_came_to(tmp_path, random_image) -> None:
    image = random_image()

    def visit(stream: IO[bytes]) -> str:
        found = diff_id(stream)
        if found == image.layers[0].diff_id:
            raise StoreError("that one is broken")
        return found

    _, (first, second) = stream_of(written(tmp_path / "a.tar", image)).read(visit)

    assert isinstance(first, StoreError)
    assert (first.message, second) == ("that one is broken", image.layers[1].diff_id)


@pytest.mark.parametrize("how", ["missing", "other", "document"])
def test_a_layer_that_is_not_the_promised_one_is_told(tmp_path, random_image, how: str) -> None:
    image = random_image()
    written(tmp_path / "a.tar", image)
    name = f"blobs/sha256/{hex_of(image.layers[0].blob.descriptor.digest)}"
    with tarfile.open(tmp_path / "a.tar") as opened:
        members = {
            member.name: file.read() for member in opened if (file := opened.extractfile(member))
        }
    size = len(members[name])
    packed = gzip.compress(b"".join((plain(random_image(9), 0), b"x" * 10)))
    members[name] = {
        "missing": b"",
        "other": packed[:size].ljust(size, b"\0"),
        "document": b"{}".ljust(size),
    }[how]
    if how == "missing":
        del members[name]

    _, (first, second) = stream_of(tar_of(members)).read(lambda stream: len(stream.read()))

    assert isinstance(second, int)
    assert isinstance(first, StoreError)
    if how == "other":
        assert isinstance(first, DigestMismatchError)
    else:
        assert first.message.startswith("the stream lacks" if how == "missing" else "the layer sha")


def test_a_plain_layer_under_a_wrong_digest_is_told(random_image) -> None:
    """Its own digest would be its diff_id."""
    image = random_image()
    config = json.loads(image.config.content)
    tars = [plain(image, at) for at in range(2)]
    wrong = digest_of(b"wrong")
    config_blob = json.dumps(config).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(config_blob),
                "size": len(config_blob),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar",
                    "digest": digest,
                    "size": len(tar),
                }
                for digest, tar in zip((digest_of(tars[0]), wrong), tars, strict=True)
            ],
        }
    ).encode()
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest_of(manifest),
        "size": len(manifest),
    }
    blobs = {
        digest_of(tars[0]): tars[0],
        wrong: tars[1],
        digest_of(manifest): manifest,
        digest_of(config_blob): config_blob,
    }
    members = {f"blobs/sha256/{hex_of(Digest(name))}": blob for name, blob in blobs.items()}
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()

    _, (first, second) = stream_of(tar_of(members)).read(diff_id)

    assert first == image.layers[0].diff_id
    assert isinstance(second, DigestMismatchError)


@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_document_that_is_another_is_refused(tmp_path, random_image, which: str) -> None:
    image = random_image()
    whole = written(tmp_path / "a.tar", image)
    changed = whole.replace(b"image 0", b"image 1").replace(b"1980-01-01", b"1981-01-01")
    true = getattr(image, which).content
    at = whole.index(true)
    whole = whole[:at] + changed[at : at + len(true)] + whole[at + len(true) :]

    with pytest.raises(DigestMismatchError):
        stream_of(whole).read(diff_id)


def test_every_cut_is_noticed(tmp_path, random_image) -> None:
    whole = written(tmp_path / "a.tar", random_image())
    for end in range(0, len(whole) - 1024, 512):
        with pytest.raises(StoreError):
            stream_of(whole[:end]).read(diff_id)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_a_packed_archive_that_is_cut_is_told(tmp_path, random_image, pack) -> None:
    packed = pack(written(tmp_path / "a.tar", random_image()))

    with pytest.raises(StoreError) as caught:
        stream_of(packed[:-100]).read(diff_id)

    assert "the stream cannot be read: its " in caught.value.message
    assert caught.value.message.endswith("stream is cut short")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the stream gives nothing"),
        (b"hello", "the stream cannot be read: it is no tar, and neither gzip nor zstd"),
        (b"\xfd7zXZ\0 ", "the stream cannot be read: it is packed by xz"),
        (tar_of({"thesis.tex": b"dear"}), "`manifest.json` in the stream is missing"),
        (
            tar_of({"../a": b"x"}),
            "the stream has the name `../a`, which leads out of it",
        ),
        (
            tar_of({}, {"a": "../../etc/passwd"}),
            "the stream has the name `../../etc/passwd`, which leads out of it",
        ),
        (tar_of({"manifest.json": b"{}"}), "`manifest.json` in the stream: expected an array"),
        (tar_of({"manifest.json": b"hello"}), "`manifest.json` in the stream is no JSON document"),
        (
            tar_of({"manifest.json": b"[" + b" " * (5 << 20)}),
            "`manifest.json` in the stream has 5242881 bytes, more than",
        ),
        (
            tar_of({}, {"manifest.json": "b", "b": "manifest.json"}),
            "`manifest.json` in the stream is missing",
        ),
        (
            tar_of({f"{at}.json": b"{" + b" " * (2 << 20) for at in range(40)}),
            "the stream has more than 64 MiB of documents",
        ),
    ],
    ids=range(11),
)
def test_what_is_no_image_or_does_harm_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        stream_of(content).read(diff_id)

    assert caught.value.message.startswith(message)


def test_another_platform_is_refused(tmp_path, random_image) -> None:
    arm = Platform("linux", "arm64")
    for whole in (
        written(tmp_path / "a.tar", random_image()),
        tar_of(saved((random_image(), "name:1"))),
    ):
        with pytest.raises(StoreError, match="an image for linux/amd64, not for linux/arm64"):
            stream_of(whole, platform=arm).read(diff_id)


def test_memory_stays_small_however_large_the_layers_are(random_image) -> None:
    image = random_image(layers=1)
    members = saved((image, "name:1"))
    name = next(name for name in members if name.endswith("layer.tar"))
    large = tarfile.TarInfo(name)
    large.size = 100 << 20

    class Large(io.RawIOBase):
        """The archive, whose layer is made as it is read."""

        def __init__(self) -> None:
            others = {key: value for key, value in members.items() if key != name}
            self._parts = [large.tobuf(), members[name][:512]]
            self._left = large.size - 512
            self._rest = tar_of(others)

        def read(self, size: int | None = -1, /) -> bytes:
            if self._parts:
                return self._parts.pop(0)
            if self._left:
                piece = bytes(min(size or 0, self._left))
                self._left -= len(piece)
                return piece
            piece, self._rest = self._rest[:size], self._rest[size or 0 :]
            return piece

    @contextmanager
    def opened() -> Iterator[Readable]:
        yield Large()

    stream = SavedStream("the stream", opened)
    tracemalloc.start()
    _, (first,) = stream.read(
        lambda one: sum(len(piece) for piece in iter(lambda: one.read(1 << 20), b""))
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert first == large.size
    assert peak < 20 << 20


def test_progress_tells_what_has_passed(tmp_path, random_image) -> None:
    told: list[object] = []

    class Listening:
        def start(self, task: str, total: int | None = None) -> None:
            told.append((task, total))

        def advance(self, task: str, amount: int) -> None:
            told.append(amount)

        def finish(self, task: str, outcome: str = "") -> None:
            told.append(task)

        def note(self, text: str) -> None: ...

    whole = written(tmp_path / "a.tar", random_image())
    stream_of(whole, size=len(whole), progress=Listening()).read(diff_id)

    amounts = [one for one in told if isinstance(one, int)]
    assert (told[0], told[-1]) == (("read the stream", len(whole)), "read the stream")
    assert sum(amounts) == len(whole)


def test_what_is_attested_beside_the_image_is_known_when_it_was_read(random_image) -> None:
    image = random_image()
    told = json.dumps({"predicateType": "spdx"}).encode()
    attested = json.dumps(
        {
            "schemaVersion": 2,
            "artifactType": "application/spdx+json",
            "config": {"mediaType": "x", "digest": digest_of(b"{}"), "size": 2},
            "layers": [{"mediaType": "text/x", "digest": digest_of(told), "size": len(told)}],
            "subject": image.manifest.descriptor.to_dict(),
        }
    ).encode()
    kind = "application/vnd.oci.image.manifest.v1+json"
    entries = [
        image.manifest.descriptor.to_dict(),
        {
            "mediaType": kind,
            "digest": digest_of(attested),
            "size": len(attested),
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        },
    ]
    blobs = [image.manifest.content, image.config.content, attested, told]
    blobs += [content(image, at) for at in range(2)]
    members = {f"blobs/sha256/{hex_of(digest_of(blob))}": blob for blob in blobs}
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
    stream = stream_of(tar_of(members))

    found, _ = stream.read(diff_id)

    assert found.digest == image.digest
    assert [
        (one.artifact_type, [blob.open().read() for blob in one.blobs]) for one in stream.referrers
    ] == [("application/spdx+json", [told])]


def test_nothing_is_written(tmp_path, random_image, monkeypatch) -> None:
    whole = written(tmp_path / "a.tar", random_image())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monkeypatch.setattr(os, "open", lambda *a, **k: pytest.fail(f"a file is opened: {a}"))

    stream_of(gzip.compress(whole)).read(diff_id)

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
