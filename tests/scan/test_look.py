"""A look reads each layer once, believes nothing that it did not compute, and remembers the rest."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from tests.scan.hostile_layers import member, tar

from boxwright.errors import StoreError
from boxwright.image.blob import Blob, BytesBlob, bytes_blob
from boxwright.image.image import Image, Layer, make_image
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import History, ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.platform import Platform
from boxwright.scan.inspected import Inspected, Step
from boxwright.scan.layer_index import LayerIndex
from boxwright.scan.look import look
from boxwright.store import archive, layout
from boxwright.store.cache import Cache
from boxwright.store.saved_stream import SavedStream
from boxwright.store.unreadable import UnreadableBlob

CONFIG = ImageConfig(platform=Platform("linux", "amd64"), created="2026-01-01T00:00:00Z")


class Counted:
    """A blob that counts how often it is opened."""

    def __init__(self, content: bytes, kind: str = media_type.LAYER_GZIP) -> None:
        self._blob = bytes_blob(kind, content)
        self.descriptor = self._blob.descriptor
        self.opened = 0

    def open(self) -> IO[bytes]:
        self.opened += 1
        return self._blob.open()


def layer(*members: bytes, blob: Blob | None = None, by: str = "RUN x") -> Layer:
    made = tar(*members)
    return Layer(
        blob=blob or Counted(gzip.compress(made, mtime=0)),
        diff_id=digest_of(made),
        uncompressed_size=len(made),
        created_by=by,
    )


def image(*layers: Layer) -> Image:
    return make_image(CONFIG, layers, {})


def opened(layers: Sequence[Layer]) -> list[int]:
    return [one.blob.opened for one in layers if isinstance(one.blob, Counted)]


def members(inspected: Inspected) -> list[list[str]]:
    return [
        [found.path for found in one.index.members] if one.index else [] for one in inspected.layers
    ]


def problems(inspected: Inspected) -> list[str]:
    return [one.problem for one in inspected.layers]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_an_image_is_told_of_from_its_documents_to_its_members() -> None:
    lower = layer(member("etc/os-release", b"ID=debian\n"), by="ADD rootfs.tar /")
    upper = layer(member("app.py", b"x"), member(".wh.tmp"), by="COPY app.py /")
    made = image(lower, upper)
    seen = look(made, cache=None)

    assert seen.name == made.digest
    assert seen.image is made
    assert seen.config.platform == CONFIG.platform
    assert seen.history == (
        Step(created_by="ADD rootfs.tar /", created=CONFIG.created, layer=0),
        Step(created_by="COPY app.py /", created=CONFIG.created, layer=1),
    )
    assert [(one.at, one.digest, one.media_type, one.size, one.diff_id, one.step, one.problem)
            for one in seen.layers] == [
        (
            at, one.blob.descriptor.digest, media_type.LAYER_GZIP, one.blob.descriptor.size,
            one.diff_id, at, "",
        )
        for at, one in enumerate((lower, upper))
    ]  # fmt: skip
    assert members(seen) == [["etc/os-release"], ["app.py"]]
    assert seen.problems == ()


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_it_does_not_matter_how_many_layers_are_read_at_a_time(workers: int) -> None:
    layers = [layer(member(f"{at}", b"x" * 10_000 * at)) for at in range(12)]

    assert look(image(*layers), cache=None, workers=workers) == look(
        image(*layers), cache=None, workers=3
    )


def test_the_second_look_opens_no_layer_and_tells_the_same(cache: Cache) -> None:
    layers = [
        layer(
            pax_capability(), member("usr/bin/ping", b"elf"), member(b"caf\xe9", b"x"),
            member("etc/passwd", b"root"), member("etc/passwd", b"root:x"), member("a/.wh.b"),
        ),
        layer(member("c/.wh..wh..opq"), member("l", kind=b"2", link=b"\xff")),
    ]  # fmt: skip
    first = look(image(*layers), cache=cache)
    second = look(image(*layers), cache=cache)

    assert second == first
    assert opened(layers) == [1, 1]


def pax_capability() -> bytes:
    from tests.scan.hostile_layers import pax

    return pax(("SCHILY.xattr.security.capability", b"\1"))


def test_only_the_layer_that_is_new_is_read(cache: Cache) -> None:
    base, old, new = (layer(member(name, b"x")) for name in ("base", "old", "new"))
    look(image(base, old), cache=cache)
    look(image(base, new), cache=cache)

    assert opened([base, old, new]) == [1, 1, 1]


def test_without_a_cache_all_is_read_and_nothing_kept(cache: Cache) -> None:
    one = layer(member("a"))
    look(image(one), cache=None)
    look(image(one), cache=None)

    assert opened([one]) == [2]
    assert not cache.root.exists()


def test_a_layer_that_comes_twice_is_read_once() -> None:
    empty = layer()
    seen = look(image(empty, layer(member("a")), empty), cache=None)

    assert opened([empty]) == [1]
    assert members(seen) == [[], ["a"], []]


def test_what_is_remembered_is_readable_by_its_owner_only(cache: Cache) -> None:
    look(image(layer(member("etc/shadow", b"root:$y$x"))), cache=cache)
    (kept,) = (cache.root / "records" / "layers").iterdir()

    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda content: content[:-20], id="cut short"),
        pytest.param(lambda content: bytes(32) + content[32:], id="of other rules"),
        pytest.param(lambda content: content[:32] + b"nonsense", id="nonsense"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_a_record_that_is_damaged_or_old_is_made_again(
    cache: Cache, change: Callable[[bytes], bytes]
) -> None:
    one = layer(member("a"))
    first = look(image(one), cache=cache)
    (kept,) = (cache.root / "records" / "layers").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(change(whole))
    second = look(image(one), cache=cache)

    assert second == first
    assert opened([one]) == [2]
    assert kept.read_bytes() == whole


def test_a_record_under_the_name_of_another_layer_is_not_believed(cache: Cache) -> None:
    wanted = layer(member("a"))
    other = look(image(layer(member("b"))), cache=cache).layers[0]
    folder = cache.root / "records" / "layers"
    (folder / other.diff_id.removeprefix("sha256:")).rename(
        folder / wanted.diff_id.removeprefix("sha256:")
    )

    assert members(look(image(wanted), cache=cache)) == [["a"]]


def test_a_cache_that_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert members(look(image(layer(member("a"))), cache=Cache(tmp_path / "file"))) == [["a"]]


def lying(content: bytes, *, digest: Digest | None = None, size: int | None = None) -> Blob:
    """Return a blob whose descriptor says something else than what it holds."""
    said = Descriptor(
        media_type=media_type.LAYER_GZIP,
        digest=digest or digest_of(content),
        size=len(content) if size is None else size,
    )
    return BytesBlob(said, content)


PACKED = gzip.compress(tar(member("a")), mtime=0)
ELSE = Digest("sha256:" + 64 * "0")


@pytest.mark.parametrize(
    ("bad", "problem", "seen"),
    [
        pytest.param(
            layer(member("a"), blob=lying(PACKED, digest=ELSE)),
            f"it has the digest {digest_of(PACKED)}, not {ELSE}",
            ["a"],
            id="digest",
        ),
        pytest.param(
            layer(member("a"), blob=lying(PACKED, size=7)),
            f"it has {len(PACKED)} bytes, not 7",
            ["a"],
            id="size",
        ),
        pytest.param(
            replace(layer(member("a"), blob=lying(PACKED)), diff_id=ELSE),
            f"it unpacks to {digest_of(tar(member('a')))}, not {ELSE}",
            ["a"],
            id="diff_id",
        ),
        pytest.param(
            layer(member("a"), blob=lying(PACKED[:-9])),
            "its gzip stream is cut short",
            ["a"],
            id="cut short",
        ),
        pytest.param(
            layer(member("a"), blob=lying(b"#!/bin/sh\n" * 100)),
            "it is no tar, and neither gzip nor zstd",
            [],
            id="no layer",
        ),
        pytest.param(
            layer(blob=UnreadableBlob(lying(PACKED).descriptor, "the layer is foreign")),
            "the layer is foreign",
            [],
            id="foreign",
        ),
    ],
)  # fmt: skip
def test_a_layer_that_is_not_what_it_says_is_told_and_never_remembered(
    cache: Cache, bad: Layer, problem: str, seen: list[str]
) -> None:
    good = layer(member("good"))
    first = look(image(good, bad), cache=cache)
    second = look(image(good, bad), cache=cache)

    assert problems(first) == ["", problem]
    assert members(first) == [["good"], seen]
    assert (first.layers[1].index is None) == (not seen)
    assert second == first


def test_a_blob_in_a_file_that_lies_is_told(tmp_path: Path, cache: Cache) -> None:
    folder = tmp_path / "layout"
    one = layer(member("a", b"x" * 5000))
    layout.write(folder, image(one), "made-up:1")
    path = folder / "blobs" / "sha256" / one.blob.descriptor.digest.removeprefix("sha256:")
    other = gzip.compress(tar(member("b")), mtime=0)
    path.write_bytes(other)
    seen = look(layout.read(folder), cache=cache)

    assert members(seen) == [["b"]]
    wanted = one.blob.descriptor
    assert problems(seen)[0].split("; ") == [
        f"it has the digest {digest_of(other)}, not {wanted.digest}",
        f"it has {len(other)} bytes, not {wanted.size}",
        f"it unpacks to {digest_of(tar(member('b')))}, not {one.diff_id}",
    ]
    assert not (cache.root / "records" / "layers").exists()


def test_a_blob_that_is_gone_when_it_is_opened_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    one = layer(member("a"))
    layout.write(folder, image(one), "made-up:1")
    read = layout.read(folder)
    (folder / "blobs" / "sha256" / one.blob.descriptor.digest.removeprefix("sha256:")).unlink()

    assert problems(look(read, cache=None)) == ["it cannot be read: No such file or directory"]


def test_documents_that_are_not_what_they_say_are_told() -> None:
    made = image(layer(member("a")))
    other = bytes_blob(media_type.CONFIG, made.config.content + b"\n")
    config = BytesBlob(made.config.descriptor, other.content)
    manifest = BytesBlob(replace(made.manifest.descriptor, digest=ELSE), made.manifest.content)
    size = made.config.descriptor.size

    assert look(replace(made, config=config, manifest=manifest), cache=None).problems == (
        f"the manifest has the digest {made.digest}, not {ELSE}",
        f"the configuration has the digest {other.descriptor.digest}, not {config.descriptor.digest}",
        f"the configuration has {size + 1} bytes, not {size}",
    )
    assert look(replace(made, config=other), cache=None).problems == (
        "the manifest names another configuration",
    )


def with_history(made: Image, *history: History) -> Image:
    config = replace(CONFIG, history=history, diff_ids=tuple(one.diff_id for one in made.layers))
    blob = bytes_blob(media_type.CONFIG, canonical_json(config.to_dict()))
    manifest = made.manifest.content.replace(
        made.config.descriptor.digest.encode(), blob.descriptor.digest.encode()
    ).replace(b"%d" % made.config.descriptor.size, b"%d" % blob.descriptor.size)
    return replace(made, config=blob, manifest=bytes_blob(media_type.MANIFEST, manifest))


def test_steps_that_made_no_layer_are_passed_by() -> None:
    made = with_history(
        image(layer(member("a")), layer(member("b"))),
        History(created_by="ADD a"),
        History(created_by="ENV X=1", empty_layer=True, comment="buildkit"),
        History(created_by="RUN b", created="2026-02-02T00:00:00Z"),
        History(created_by="CMD x", empty_layer=True),
    )
    seen = look(made, cache=None)

    assert seen.history == (
        Step(created_by="ADD a", created=CONFIG.created, layer=0),
        Step(created_by="ENV X=1", created=CONFIG.created, comment="buildkit"),
        Step(created_by="RUN b", created="2026-02-02T00:00:00Z", layer=1),
        Step(created_by="CMD x", created=CONFIG.created),
    )
    assert [one.step for one in seen.layers] == [0, 2]
    assert seen.problems == ()


def test_a_history_of_other_layers_is_not_shifted_onto_them() -> None:
    made = with_history(image(layer(member("a")), layer(member("b"))), History(created_by="ADD a"))
    seen = look(made, cache=None)

    assert seen.history == (Step(created_by="ADD a", created=CONFIG.created),)
    assert [one.step for one in seen.layers] == [None, None]
    assert seen.problems == (
        "the history tells of 1 layers, and there are 2: which step made which is not known",
    )


def test_an_image_without_a_history_is_not_odd() -> None:
    seen = look(with_history(image(layer(member("a")))), cache=None)

    assert (seen.history, seen.layers[0].step, seen.problems) == ((), None, ())


def test_a_name_is_opened_wherever_it_leads(tmp_path: Path, cache: Cache) -> None:
    made = image(layer(member("a")), layer(member("b")))
    layout.write(tmp_path / "layout", made, "made-up:1")
    archive.write(tmp_path / "image.tar", made, "made-up:1")
    names = [str(tmp_path / "layout"), str(tmp_path / "image.tar")]
    seen = [look(name, cache=cache, environ={}) for name in names]

    assert [one.name for one in seen] == names
    assert [members(one) for one in seen] == [[["a"], ["b"]]] * 2


def test_a_name_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        look(str(tmp_path / "missing.tar"), cache=None, environ={"BOXWRIGHT_ENGINE": "none"})


def saved(made: Image, reads: list[str], *, is_known: bool = True) -> SavedStream:
    content = io.BytesIO()
    archive.write_to(content, made, "made-up:1")

    def open_stream() -> nullcontext[io.BytesIO]:
        reads.append("read")
        return nullcontext(io.BytesIO(content.getvalue()))

    return SavedStream(
        "the image `made-up:1`",
        open_stream,
        image_id=made.config.descriptor.digest if is_known else None,
        diff_ids=tuple(one.diff_id for one in made.layers) if is_known else None,
    )


def test_an_image_that_streams_by_is_read_once(cache: Cache) -> None:
    reads: list[str] = []
    made = image(layer(member("a", b"x" * 100)), layer(member("b")))
    first = look(saved(made, reads), cache=cache)
    second = look(saved(made, reads), cache=cache)

    assert members(first) == [["a"], ["b"]]
    assert first.image.digest == made.digest
    assert first.name == "the image `made-up:1`"
    assert [(one.index, one.problem) for one in second.layers] == [
        (one.index, one.problem) for one in first.layers
    ]
    assert (second.config, second.history, second.problems) == (
        first.config, first.history, first.problems,
    )  # fmt: skip
    assert reads == ["read"]


def test_an_image_of_which_a_layer_is_not_remembered_streams_again(cache: Cache) -> None:
    reads: list[str] = []
    made = image(layer(member("a")), layer(member("b")))
    look(saved(made, reads), cache=cache)
    next((cache.root / "records" / "layers").iterdir()).unlink()
    look(saved(made, reads), cache=cache)

    assert reads == ["read", "read"]


def test_an_image_of_which_nobody_tells_beforehand_streams_each_time(cache: Cache) -> None:
    reads: list[str] = []
    made = image(layer(member("a")))
    look(saved(made, reads, is_known=False), cache=cache)
    look(saved(made, reads, is_known=False), cache=cache)

    assert reads == ["read", "read"]


def test_a_damaged_layer_that_streams_by_is_told(cache: Cache) -> None:
    reads: list[str] = []
    blob = lying(PACKED[:-9])
    made = image(layer(member("a"), blob=blob), layer(member("b")))
    seen = look(saved(made, reads), cache=cache)

    assert problems(seen) == ["its gzip stream is cut short", ""]
    assert members(seen) == [["a"], ["b"]]


class Stopping:
    """Progress of somebody who has had enough."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def start(self, task: str, total: int | None = None) -> None:
        pass

    def advance(self, task: str, amount: int) -> None:
        pass

    def finish(self, task: str, outcome: str = "") -> None:
        self.finished.append(task)

    def note(self, text: str) -> None:
        pass


class Endless(io.RawIOBase):
    def __init__(self, begun: threading.Event) -> None:
        super().__init__()
        self._begun = begun
        self._held = member("zeros", size=1 << 60)

    def read(self, size: int | None = -1, /) -> bytes:
        self._begun.set()
        piece, self._held = self._held, b""
        return piece or bytes(size or 1)


class EndlessBlob:
    def __init__(self, begun: threading.Event) -> None:
        self.descriptor = Descriptor(media_type=media_type.LAYER, digest=ELSE, size=1 << 60)
        self._begun = begun

    def open(self) -> IO[bytes]:
        return Endless(self._begun)  # type: ignore[return-value]


def test_who_interrupts_a_look_does_not_wait_for_it(cache: Cache) -> None:
    begun = threading.Event()
    progress = Stopping()
    made = image(layer(blob=EndlessBlob(begun)))

    def interrupt() -> None:
        begun.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        look(made, cache=cache, progress=progress)
    thread.join()
    for reader in threading.enumerate():
        if reader.name.startswith("look"):
            reader.join(10)

    assert progress.finished == ["layer 1 of 1"]
    assert not (cache.root / "records").exists()


def test_layers_have_all_that_is_known_of_them() -> None:
    seen = look(image(layer(member("a", b"abc"))), cache=None).layers[0]

    assert seen.index == LayerIndex(
        diff_id=digest_of(tar(member("a", b"abc"))),
        size=len(tar(member("a", b"abc"))),
        members=seen.index.members if seen.index else (),
    )
    assert seen.index is not None
    assert seen.index.members[0].digest == hashlib.sha256(b"abc").digest()
