"""A cache in a registry: what is left there is found, whatever else is there does no harm."""

from __future__ import annotations

import gzip
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tests.store.registries import Served, serving

from boxwright.build.remembered import Remembered, find_layer, find_stack, keep_layer, keep_stack
from boxwright.errors import DigestMismatchError
from boxwright.image.blob import FileBlob, bytes_blob
from boxwright.image.entry import file
from boxwright.image.image import Layer
from boxwright.image.layer import LayerWriter
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.reference import Reference, parse_reference
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.store.registry.client import RegistryBlob, Repository
from boxwright.store.registry.push import WritableRepository
from boxwright.store.registry.shared import ARTIFACT, RECORD, TAG, SharedCache, open_shared
from boxwright.store.transport import Transport

KEY, OTHER = digest_of(b"key"), digest_of(b"other key")


class Notes(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    return Transport(environ=environ, timeout=5, backoff=0.001)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


@pytest.fixture
def reference(registry: str) -> Reference:
    """A repository that nobody has used."""
    return parse_reference(f"{registry}/boxwright-test/shared-{uuid.uuid4().hex[:12]}")


class Machine:
    """A machine with an empty cache of its own, and *reference* as what it shares."""

    def __init__(self, folder: Path, reference: Reference, transport: Transport) -> None:
        self.notes = Notes()
        self.cache = Cache(folder / uuid.uuid4().hex)
        self.repository = WritableRepository(reference, transport)
        self.shared = SharedCache(self.repository, self.cache, self.notes)
        self.cache.shared = self.shared

    def layer(self, content: bytes, key: Digest = KEY) -> Layer:
        """Make a layer."""
        with self.cache.writer() as blob:
            writer = LayerWriter(blob.write)
            writer.add(file("file", len(content)), content)
            remembered = Remembered.of(writer.close(), blob)
        return keep_layer(self.cache, key, remembered, "a layer")

    def publish(self) -> int:
        return self.shared.publish(self.repository)


@pytest.fixture
def machine(tmp_path: Path, reference: Reference, transport: Transport) -> Machine:
    return Machine(tmp_path, reference, transport)


@pytest.fixture
def another(tmp_path: Path, reference: Reference, transport: Transport) -> Machine:
    return Machine(tmp_path, reference, transport)


def content_of(layer: Layer) -> bytes:
    with layer.blob.open() as opened:
        return opened.read()


def manifest_of(machine: Machine) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(machine.repository.manifest(TAG).content)
    return document


def test_a_layer_that_one_machine_made_is_found_by_another(machine, another) -> None:
    made = machine.layer(b"content")
    assert machine.publish() == 1

    found = find_layer(another.cache, KEY, "a layer")

    assert found is not None
    assert isinstance(found.blob, RegistryBlob)
    assert (found.diff_id, found.key, found.reused) == (made.diff_id, KEY, True)
    assert found.blob.descriptor == made.blob.descriptor
    assert not another.cache.root.exists()
    assert content_of(found) == content_of(made)
    assert another.notes.texts == []


def test_what_is_read_is_kept_and_then_read_here(machine, another) -> None:
    made = machine.layer(b"content")
    machine.publish()
    found = find_layer(another.cache, KEY, "a layer")
    assert found is not None

    content_of(found)

    again = find_layer(another.cache, KEY, "a layer")
    assert again is not None
    assert isinstance(again.blob, FileBlob)
    assert content_of(again) == content_of(made)
    assert another.cache.recall("layers", KEY) is None


def test_half_a_layer_is_not_kept(machine, another) -> None:
    machine.layer(os.urandom(3_000_000))
    machine.publish()
    found = find_layer(another.cache, KEY, "a layer")
    assert found is not None

    with found.blob.open() as opened:
        opened.read(10)

    assert another.cache.find(found.blob.descriptor.digest) is None
    assert list((another.cache.root / "tmp").iterdir()) == []


def test_a_stack_is_found_with_all_that_was_used_for_it(machine, another) -> None:
    with machine.cache.trail() as trail:
        layers = [machine.layer(bytes([at]), digest_of(bytes([at]))) for at in range(30)]
        machine.cache.remember("wheels", OTHER, {"paths": {"a" * 900: "b" * 200}, "sources": {}})
        machine.cache.use("wheels", OTHER)
    keep_stack(machine.cache, KEY, layers, trail)

    assert machine.publish() == 32

    found = find_stack(another.cache, KEY)
    assert found is not None
    assert [layer.diff_id for layer in found] == [layer.diff_id for layer in layers]
    assert another.shared.recall("wheels", OTHER) == machine.cache.recall("wheels", OTHER)
    assert another.cache.recall("stacks", KEY) is None
    assert another.publish() == 0
    assert set(another.cache.used) == {("stacks", KEY), *trail}


def test_a_stack_that_others_made_in_part_is_not_remembered_here(machine, another) -> None:
    machine.layer(b"content")
    machine.publish()
    with another.cache.trail() as trail:
        borrowed = find_layer(another.cache, KEY, "a layer")
        own = another.layer(b"own", OTHER)
    assert borrowed is not None

    keep_stack(another.cache, KEY, [borrowed, own], trail)

    assert another.cache.recall("stacks", KEY) is None
    assert another.publish() == 2
    assert manifest_of(machine)["artifactType"] == ARTIFACT


def test_what_others_left_stays_and_what_was_used_last_is_first(machine, another) -> None:
    machine.layer(b"one")
    machine.publish()
    another.layer(b"two", OTHER)
    another.publish()

    layers = manifest_of(machine)["layers"]

    made = [machine.cache.recall("layers", KEY), another.cache.recall("layers", OTHER)]
    assert [layer["digest"] for layer in layers] == [one["digest"] for one in reversed(made) if one]


def test_nothing_is_written_where_there_is_nothing_new(machine) -> None:
    machine.layer(b"one")
    assert machine.publish() == 1
    before = machine.repository.manifest(TAG).descriptor

    assert machine.publish() == 0

    assert machine.repository.manifest(TAG).descriptor == before


def test_the_list_does_not_grow_without_end(machine, another, monkeypatch) -> None:
    monkeypatch.setattr("boxwright.store.registry.shared._MOST_RECORDS", 3)
    for at in range(5):
        machine.layer(bytes([at]), digest_of(bytes([at])))
    machine.publish()
    another.layer(b"last", KEY)
    another.publish()

    found = [machine.shared.recall("layers", digest_of(bytes([at]))) is not None for at in range(5)]

    assert found == [True, True, False, False, False]
    assert len(manifest_of(machine)["layers"]) == 3


def test_a_blob_that_the_registry_lacks_is_as_if_it_had_never_been_made(machine, another) -> None:
    machine.layer(b"content")
    absent = Remembered(digest=OTHER, size=3, diff_id=KEY, uncompressed_size=2000)
    machine.cache.use("layers", OTHER, asdict(absent))
    machine.publish()

    assert another.shared.blobs([absent.descriptor]) == [None]
    assert find_layer(another.cache, OTHER, "gone") is None
    assert find_layer(another.cache, KEY, "there") is not None
    assert another.notes.texts == []


def test_an_image_that_is_pushed_again_takes_nothing_from_the_registry(
    machine, another, random_image
) -> None:
    image = random_image(layers=1)
    machine.repository.push_image(image, "1")
    (layer,) = image.layers
    remembered = Remembered(
        digest=layer.blob.descriptor.digest,
        size=layer.blob.descriptor.size,
        diff_id=layer.diff_id,
        uncompressed_size=layer.uncompressed_size,
    )
    machine.cache.use("layers", KEY, asdict(remembered))
    machine.publish()
    found = find_layer(another.cache, KEY, "a layer")
    assert found is not None

    outcome = another.repository.put_blob(found.blob)

    assert outcome.value == "present"
    assert not another.cache.root.exists()


def test_layers_go_from_the_cache_of_one_repository_to_another(
    tmp_path, machine, registry, transport
) -> None:
    made = machine.layer(b"content")
    with machine.cache.trail() as trail:
        find_layer(machine.cache, KEY, "a layer")
        machine.cache.remember("wheels", OTHER, {"paths": {"a" * 1200: ""}, "sources": {}})
        machine.cache.use("wheels", OTHER)
    keep_stack(machine.cache, OTHER, [made], trail)
    machine.publish()
    elsewhere = parse_reference(f"{registry}/boxwright-test/shared-{uuid.uuid4().hex[:12]}")
    target = WritableRepository(elsewhere, transport)
    builder = Machine(tmp_path, machine.repository.reference, transport)
    assert find_stack(builder.cache, OTHER) is not None

    assert builder.shared.publish(target) == 3

    third = Machine(tmp_path, elsewhere, transport)
    found = find_stack(third.cache, OTHER)
    assert found is not None
    assert [content_of(layer) for layer in found] == [content_of(made)]
    assert third.shared.recall("wheels", OTHER) == machine.cache.recall("wheels", OTHER)


def put_list(served: Served, records: object, **more: object) -> None:
    """Have a list of *records* as no boxwright would write it."""
    config = bytes_blob(ARTIFACT, canonical_json({"version": 1, "records": records} | more))
    put_config(served, config.content)


def put_config(served: Served, content: bytes, **more: object) -> None:
    config = bytes_blob(ARTIFACT, content)
    served.blobs[config.descriptor.digest] = content
    manifest = {
        "schemaVersion": 2,
        "artifactType": ARTIFACT,
        "config": config.descriptor.to_dict(),
        "layers": [],
    }
    served.put_manifest(canonical_json(manifest | more), TAG)


def asking(served: Served, transport: Transport, tmp_path: Path) -> tuple[SharedCache, Notes]:
    notes = Notes()
    repository = Repository(parse_reference(f"{served.host}/team/api"), transport)
    return SharedCache(repository, Cache(tmp_path / "cache"), notes), notes


def test_a_repository_without_a_cache_is_nothing_to_tell_of(served, transport, tmp_path) -> None:
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall("layers", KEY) is None
    assert notes.texts == []


GOOD = {"kind": "collisions", "key": KEY, "record": {}}


@pytest.mark.parametrize(
    "entry",
    [
        GOOD | {"kind": "files"},
        GOOD | {"key": "sha256:short"},
        GOOD | {"key": KEY.upper()},
        {"kind": "collisions", "key": KEY},
        GOOD | {"blob": {"digest": KEY, "size": 3}},
        {"kind": "collisions", "key": KEY, "blob": {"digest": "../../etc", "size": 3}},
        {"kind": "collisions", "key": KEY, "blob": {"digest": KEY, "size": 1 << 40}},
        {"kind": "collisions", "key": KEY, "blob": {"digest": KEY, "size": -1}},
        {"kind": "layers", "key": KEY, "record": {"digest": KEY, "size": -1}},
        {"kind": "layers", "key": KEY, "record": {"digest": KEY, "size": True}},
        {"kind": "layers", "key": KEY, "record": {"digest": 3, "size": 3}},
        {"kind": "layers", "key": KEY, "blob": {"digest": KEY, "size": 3}},
    ],
)
def test_an_entry_that_makes_no_sense_is_left_out(served, transport, tmp_path, entry) -> None:
    put_list(served, [entry, {"kind": "collisions", "key": OTHER, "record": {}}])
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall(str(entry["kind"]), KEY) is None
    assert shared.recall("collisions", OTHER) == {}
    assert notes.texts == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[" * 100_000,
        b'{"version": 1}',
        b'{"version": 2, "records": []}',
        b'{"version": 1, "records": [3]}',
        b'{"version": 1, "records": [{"kind": "layers", "key": 3}]}',
        b'{"version": 1, "records": [{"kind": "\xff", "key": ""}]}',
    ],
    ids=range(8),
)
def test_a_list_that_is_none_is_told_and_as_if_it_were_empty(
    served, transport, tmp_path, content
) -> None:
    put_config(served, content)
    shared, notes = asking(served, transport, tmp_path)

    found = [shared.recall("layers", key) for key in (KEY, OTHER)]

    assert found == [None, None]
    (note,) = notes.texts
    assert note.startswith(f"the shared cache `{served.host}/team/api` is of no use: ")


@pytest.mark.parametrize(
    "manifest",
    [
        b"no json",
        b"{}",
        b'{"schemaVersion": 2, "manifests": []}',
        b'{"schemaVersion": 2, "config": {}, "layers": []}',
    ],
)
def test_another_manifest_under_its_tag_is_told(served, transport, tmp_path, manifest) -> None:
    served.put_manifest(manifest, TAG)
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall("layers", KEY) is None
    assert len(notes.texts) == 1


def test_an_image_under_its_tag_is_told(served, transport, tmp_path, random_image) -> None:
    served.put(random_image(), TAG)
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall("layers", KEY) is None
    name = f"{served.host}/team/api"
    assert notes.texts == [
        f"the shared cache `{name}` is of no use: the manifest `{TAG}` of `{name}` is something else"
    ]


@pytest.mark.parametrize(
    "packed",
    [
        b"no gzip",
        gzip.compress(b"no json"),
        gzip.compress(b"[]"),
        gzip.compress(b'{"a":' * 50_000),
        gzip.compress(bytes(65 << 20)),
        gzip.compress(b"{}")[:-4],
    ],
    ids=range(6),
)
def test_a_record_that_is_none_is_told(served, transport, tmp_path, packed) -> None:
    place = {"digest": digest_of(packed), "size": len(packed)}
    served.blobs[digest_of(packed)] = packed
    put_list(served, [{"kind": "wheels", "key": KEY, "blob": place}])
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall("wheels", KEY) is None
    (note,) = notes.texts
    assert note.endswith("a record in the shared cache is damaged")


def test_a_record_with_another_digest_is_told(served, transport, tmp_path) -> None:
    packed = gzip.compress(b"{}")
    served.blobs[KEY] = packed
    place = {"digest": KEY, "size": len(packed)}
    put_list(served, [{"kind": "wheels", "key": KEY, "blob": place}])
    shared, notes = asking(served, transport, tmp_path)

    assert shared.recall("wheels", KEY) is None
    assert "but sha256:" in notes.texts[0]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"created_by": "\x1b[2J"},
        {"created_by": "x" * 100_000},
        {"created_by": 3},
        {"key": "no digest"},
        {"size": "3"},
        {"diff_id": None},
    ],
)
def test_a_stack_that_makes_no_sense_is_none(served, transport, tmp_path, row) -> None:
    sound = {
        "key": KEY, "digest": KEY, "size": 3, "diff_id": KEY, "uncompressed_size": 3,
        "created_by": "torch",
    }  # fmt: skip
    record = {"layers": [sound | row if row else 3], "used": []}
    packed = gzip.compress(canonical_json(record))
    served.blobs[digest_of(packed)] = packed
    place = {"digest": digest_of(packed), "size": len(packed)}
    put_list(served, [{"kind": "stacks", "key": KEY, "blob": place}])
    cache = Cache(tmp_path / "cache")
    cache.shared, _ = asking(served, transport, tmp_path)

    assert find_stack(cache, KEY) is None


def test_a_layer_with_another_content_is_refused_and_not_kept(served, transport, tmp_path) -> None:
    served.blobs[KEY] = b"harmful"
    repository = Repository(parse_reference(f"{served.host}/team/api"), transport)
    cache = Cache(tmp_path / "cache")
    descriptor = Descriptor(media_type=RECORD, digest=KEY, size=len(b"harmful"))
    blob = RegistryBlob(descriptor, repository, cache)

    with pytest.raises(DigestMismatchError), blob.open() as opened:
        opened.read()

    assert cache.find(KEY) is None


def test_a_registry_that_is_gone_is_told_once(transport, tmp_path) -> None:
    with serving() as served:
        host = served.host
    notes = Notes()
    cache = Cache(tmp_path / "cache")
    reference = parse_reference(f"{host}/team/api")
    cache.shared = open_shared(reference, transport, cache, notes)

    assert find_layer(cache, KEY, "a layer") is None
    assert find_stack(cache, KEY) is None
    (note,) = notes.texts
    assert note.startswith(f"the shared cache `{host}/team/api` is of no use: ")


def test_a_registry_that_goes_away_later_is_told_once(transport, tmp_path) -> None:
    with serving() as served:
        layer = {"digest": KEY, "size": 3, "diff_id": KEY, "uncompressed_size": 3}
        put_list(served, [{"kind": "layers", "key": KEY, "record": layer}])
        shared, notes = asking(served, transport, tmp_path)
        assert shared.recall("layers", KEY) == layer
    cache = Cache(tmp_path / "cache", shared)

    assert find_layer(cache, KEY, "a layer") is None
    assert find_layer(cache, KEY, "a layer") is None
    assert len(notes.texts) == 1


def test_a_list_that_is_no_use_to_anybody_is_replaced(machine, another) -> None:
    config = bytes_blob(ARTIFACT, b"no json")
    machine.repository.put_blob(config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.MANIFEST,
        "artifactType": ARTIFACT,
        "config": config.descriptor.to_dict(),
        "layers": [],
    }
    content = canonical_json(manifest)
    machine.repository.put_manifest(bytes_blob(media_type.MANIFEST, content), TAG)
    machine.layer(b"content")

    assert machine.publish() == 1

    assert machine.notes.texts[0].startswith("the shared cache is written anew: ")
    assert find_layer(another.cache, KEY, "a layer") is not None


def test_a_list_that_cannot_be_read_now_is_left_alone(machine, transport) -> None:
    with serving() as served:
        gone = WritableRepository(parse_reference(f"{served.host}/team/api"), transport)
    machine.layer(b"content")

    assert machine.shared.publish(gone) == 0

    (note,) = machine.notes.texts
    assert note.startswith(f"what was built is not left in `{served.host}/team/api` for other")
