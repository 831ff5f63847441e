"""Pushing: everything gets there once, whole and in order, or nothing refers to it."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.registry import faults
from tests.store.registry.faults import Proxy
from tests.store.registry.memory import Memory, memory

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import FileBlob, bytes_blob
from boxwright.image.image import Image, Layer, make_image
from boxwright.image.index import make_index
from boxwright.image.validate import validate
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.store.layout import Attachment
from boxwright.store.registry.client import Repository
from boxwright.store.registry.push import Outcome, Pushed, WritableRepository
from boxwright.store.transport import Transport, readable_size

SBOM = Attachment(
    media_type="application/vnd.cyclonedx+json",
    content=b'{"bomFormat": "CycloneDX"}',
    annotations={"org.opencontainers.image.title": "sbom"},
)


def writable(
    proxy: Proxy | Memory, transport: Transport, name: str = "team/api"
) -> WritableRepository:
    return WritableRepository(parse_reference(f"{proxy.host}/{name}:1"), transport)


def new_name() -> str:
    return f"boxwright-test/push-{uuid.uuid4().hex[:12]}"


def blobs_of(image: Image) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for blob in (image.config, *(layer.blob for layer in image.layers)):
        with blob.open() as file:
            found[blob.descriptor.digest] = file.read()
    return found


def size_of(*images: Image) -> int:
    every = {digest: content for image in images for digest, content in blobs_of(image).items()}
    return sum(map(len, every.values()))


def test_an_image_arrives_as_it_was(any_proxy, transport, random_image) -> None:
    image, name = random_image(layers=6, size=300_000), new_name()

    pushed = writable(any_proxy, transport, name).push_image(image, "1", "latest")

    assert pushed == Pushed(
        digest=image.digest, sent=size_of(image), uploaded=7, mounted=0, present=0
    )
    assert any_proxy.uploaded == size_of(image)
    for tag in ("1", "latest"):
        read = Repository(parse_reference(f"{any_proxy.host}/{name}:{tag}"), transport).read()
        assert (read.manifest, validate(read)) == (image.manifest, ())


def test_what_is_there_is_not_sent_again(any_proxy, transport, random_image) -> None:
    first, second, name = random_image(layers=3), random_image(layers=4), new_name()
    writable(any_proxy, transport, name).push_image(first, "1")
    any_proxy.asked.clear()

    again = writable(any_proxy, transport, name).push_image(first, "1")

    assert again == Pushed(digest=first.digest, sent=0, uploaded=0, mounted=0, present=4)
    assert {one.method for one in any_proxy.asked} == {"HEAD"}

    changed = writable(any_proxy, transport, name).push_image(second, "1")

    assert (changed.uploaded, changed.present) == (2, 3)
    found = writable(any_proxy, transport, name).find_tag("1")
    assert found == second.manifest.descriptor


def test_tags_come_last(proxy, transport, random_image) -> None:
    one, two = random_image(1), random_image(2)
    index = make_index([one, replace(two, platform=Platform("linux", "arm64"))], {})

    writable(proxy, transport).push_index(index, "1", "2")

    put = [asked.path.rpartition("/")[2] for asked in proxy.asked if asked.method == "PUT"]
    blobs = [name for name in put if "digest=" in name]
    configs = {one.config.descriptor.digest, two.config.descriptor.digest}
    assert put[: len(blobs)] == blobs
    assert {name.rpartition("=")[2] for name in blobs[-2:]} == configs
    assert sorted(put[len(blobs) : -3]) == sorted((one.digest, two.digest))
    assert put[-3:] == [index.digest, "1", "2"]


def test_a_layer_that_two_images_have_is_sent_once(proxy, transport, random_image) -> None:
    one, two = random_image(1, layers=2), random_image(2, layers=1)
    two = make_image(
        ImageConfig(platform=Platform("linux", "arm64"), created="1980-01-01T00:00:01Z"),
        (*one.layers, *two.layers, two.layers[0]),
        {},
    )

    pushed = writable(proxy, transport).push_index(make_index([one, two], {}), "1")

    assert (pushed.uploaded, pushed.sent) == (5, size_of(one, two))
    assert proxy.uploaded == size_of(one, two)


def test_a_blob_that_is_put_by_many_at_once_is_sent_once(proxy, transport) -> None:
    blob = bytes_blob(media_type.LAYER, bytes(500_000))
    repository = writable(proxy, transport)
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(repository.put_blob(blob)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [Outcome.PRESENT] * 7 + [Outcome.SENT]
    assert proxy.uploaded == 500_000


def test_four_blobs_are_sent_at_a_time(proxy, transport, random_image) -> None:
    image = random_image(layers=12, size=1000)
    running, most, lock = set(), [0], threading.Lock()
    arrived = threading.Barrier(4)

    def count(passing: faults.Passing) -> None:
        with lock:
            running.add(passing.path)
            most[0] = max(most[0], len(running))
        arrived.wait(10)
        with lock:
            running.discard(passing.path)
        passing.relay(passing.forward())

    for layer in image.layers:
        proxy.fault("PUT", f"digest={layer.blob.descriptor.digest}", count)
    writable(proxy, transport).push_image(image, "1")

    assert most == [4]


def test_layers_of_a_registry_image_are_mounted(any_proxy, transport, random_image) -> None:
    image, base, mine = random_image(layers=3, size=50_000), new_name(), new_name()
    writable(any_proxy, transport, base).push_image(image, "1")
    read = Repository(parse_reference(f"{any_proxy.host}/{base}:1"), transport).read()
    any_proxy.asked.clear()

    pushed = writable(any_proxy, transport, mine).push_image(read, "1")

    if any_proxy.count("POST", "mount=") and pushed.mounted == 0:
        # `crane` answers a mount by beginning an upload; what it shares among repositories
        # is there before.
        assert pushed.digest == image.digest
    else:
        config = image.config.descriptor.size
        assert (pushed.sent, pushed.mounted + pushed.present) in ((config, 3), (0, 4))
    assert any_proxy.uploaded == pushed.sent
    copied = Repository(parse_reference(f"{any_proxy.host}/{mine}:1"), transport).read()
    assert (copied.digest, validate(copied)) == (image.digest, ())


def test_a_mount_names_where_from(proxy, kept, transport, random_image) -> None:
    image = random_image(layers=1)
    writable(proxy, transport, "base").push_image(image, "1")
    blob = image.layers[0].blob
    proxy.asked.clear()

    outcome = writable(proxy, transport).put_blob(blob, mount_from=("none", "base"))

    digest = blob.descriptor.digest
    assert outcome is Outcome.MOUNTED
    assert [(asked.method, asked.path) for asked in proxy.asked] == [
        ("HEAD", f"/v2/team/api/blobs/{digest}"),
        ("POST", f"/v2/team/api/blobs/uploads/?mount={digest}&from=none"),
        ("POST", f"/v2/team/api/blobs/uploads/?mount={digest}&from=base"),
    ]


@pytest.mark.parametrize("status", [202, 400, 403, 404, 405])
def test_what_cannot_be_mounted_is_sent(proxy, kept, transport, random_image, status: int) -> None:
    image = random_image(layers=1)
    writable(proxy, transport, "base").push_image(image, "1")
    kept.mounts = False
    if status != 202:
        proxy.fault("POST", "mount=", faults.say(status))
    blob = image.layers[0].blob
    proxy.asked.clear()

    outcome = writable(proxy, transport).put_blob(blob, mount_from=("base",))

    assert outcome is Outcome.SENT
    assert proxy.uploaded == blob.descriptor.size
    # A mount that is not carried out begins an upload, which is then the one to use.
    assert proxy.count("POST") == (1 if status == 202 else 2)


def test_a_mount_asks_for_a_token_for_both_repositories(proxy, transport, random_image) -> None:
    image = random_image(layers=1)
    proxy.token_uses = 1000
    writable(proxy, transport, "base").push_image(image, "1")
    proxy.scopes.clear()

    outcome = writable(proxy, transport).put_blob(image.layers[0].blob, mount_from=("base",))

    assert outcome is Outcome.MOUNTED
    assert proxy.scopes == [
        ["repository:team/api:pull,push"],
        ["repository:team/api:pull,push", "repository:base:pull"],
    ]


def test_where_the_source_may_not_be_read_the_blob_is_sent(proxy, transport, random_image) -> None:
    image = random_image(layers=2)
    proxy.token_uses = 1000
    writable(proxy, transport, "base").push_image(image, "1")
    proxy.refuses_scope = "base"
    repository = writable(proxy, transport)

    outcomes = [repository.put_blob(each.blob, mount_from=("base",)) for each in image.layers]

    assert outcomes == [Outcome.SENT, Outcome.SENT]


def test_layers_of_another_registry_are_streamed_through(
    proxy, kept, transport, random_image
) -> None:
    image = random_image(layers=3, size=100_000)
    with memory() as there, faults.before(there.host) as other:
        writable(other, transport, "base").push_image(image, "1")
        read = Repository(parse_reference(f"{other.host}/base:1"), transport).read()

        pushed = writable(proxy, transport).push_image(read, "1")

    assert (pushed.uploaded, pushed.mounted, pushed.sent) == (4, 0, size_of(image))
    assert kept.blobs["team/api"] == there.blobs["base"]


@pytest.mark.parametrize("kind", ["other", "longer", "shorter"])
def test_a_local_blob_that_is_not_what_it_says_is_never_kept(
    any_proxy, transport, tmp_path, kind: str
) -> None:
    content = bytes(range(256)) * 4000
    wrong = {"other": content[:-1] + b"x", "longer": content + b"x", "shorter": content[:-1]}[kind]
    (tmp_path / "blob").write_bytes(wrong)
    descriptor = Descriptor(
        media_type=media_type.LAYER, digest=digest_of(content), size=len(content)
    )
    repository = writable(any_proxy, transport, new_name())

    with pytest.raises(StoreError) as caught:
        repository.put_blob(FileBlob(descriptor, tmp_path / "blob"))

    assert caught.value.message.startswith(f"the blob {descriptor.digest} has ")
    assert any_proxy.uploaded < len(content)
    assert not repository.has_blob(descriptor)
    assert not repository.has_blob(replace(descriptor, digest=digest_of(wrong), size=len(wrong)))


def test_a_layer_that_fails_stops_the_others_and_leaves_no_tag(
    proxy, kept, transport, random_image, tmp_path
) -> None:
    image = random_image(layers=8, size=200_000)
    (tmp_path / "blob").write_bytes(b"damaged")
    layer = image.layers[3]
    damaged = replace(layer, blob=FileBlob(layer.blob.descriptor, tmp_path / "blob"))
    broken = replace(image, layers=(*image.layers[:3], damaged, *image.layers[4:]))

    with pytest.raises(StoreError, match="promises"):
        writable(proxy, transport).push_image(broken, "1")

    assert kept.manifests["team/api"] == {}


def test_layers_that_must_not_be_spread_are_left_where_they_are(
    proxy, kept, transport, random_image
) -> None:
    image = random_image(layers=2)
    kind = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    layer = image.layers[0]
    descriptor = replace(layer.blob.descriptor, media_type=kind)
    foreign = replace(layer, blob=FileBlob(descriptor, Path("/nowhere")))
    image = make_image(
        ImageConfig(platform=image.platform, created="1980-01-01T00:00:01Z"),
        (foreign, image.layers[1]),
        {},
    )

    pushed = writable(proxy, transport).push_image(image, "1")

    assert pushed.uploaded == 2
    assert kept.manifests["team/api"]["1"] == image.manifest.content
    assert descriptor.digest not in kept.blobs["team/api"]


def test_manifests_are_put_byte_for_byte(any_proxy, transport, random_image) -> None:
    image = random_image(layers=1)
    repository = writable(any_proxy, transport, new_name())
    repository.push_image(image)
    spaced = json.dumps(json.loads(image.manifest.content), indent=3).encode()
    blob = bytes_blob(media_type.MANIFEST, spaced)

    repository.put_manifest(blob, "spaced", blob.descriptor.digest)

    assert repository.manifest("spaced").content == spaced
    assert repository.find_tag("spaced") == blob.descriptor


def test_a_manifest_that_is_too_large_is_not_sent(proxy, transport, random_image) -> None:
    image = random_image(layers=1)
    large = make_image(
        ImageConfig(platform=image.platform, created="1980-01-01T00:00:01Z"),
        image.layers,
        {"note": "x" * (4 << 20)},
    )

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).push_image(large, "1")

    assert caught.value.message.endswith("bytes, and registries take 4194304 at most")
    assert proxy.asked == []


def test_a_registry_that_keeps_another_manifest_is_told(proxy, transport, random_image) -> None:
    image = random_image()
    proxy.fault("PUT", "manifests", faults.change(Docker_Content_Digest=random_image(1).digest))

    with pytest.raises(DigestMismatchError) as caught:
        writable(proxy, transport).push_image(image, "1")

    assert caught.value.message == (
        f"what `{proxy.host}/team/api` kept of the manifest `{image.digest}` has digest"
        f" {random_image(1).digest}, but {image.digest} was promised"
    )


def test_a_blob_that_the_registry_has_lost_is_sent_again(
    proxy, kept, transport, random_image
) -> None:
    image = random_image(layers=2)
    repository = writable(proxy, transport)
    repository.push_image(image)
    lost = image.layers[0].blob.descriptor.digest
    del kept.blobs["team/api"][lost]
    kept.manifests["team/api"].clear()

    pushed = repository.push_image(image, "1")

    assert pushed.uploaded == 1
    assert kept.blobs["team/api"] == blobs_of(image)


def test_tags_are_told_over_several_pages(proxy, kept, transport, random_image) -> None:
    kept.page = 7
    wanted = sorted(f"v{at}" for at in range(30))
    repository = writable(proxy, transport)
    repository.push_image(random_image(), *wanted)

    assert list(repository.tags()) == wanted
    assert proxy.count("GET", "tags/list") == 5


def test_tags_of_a_registry_that_turns_in_circles_end(proxy, transport, random_image) -> None:
    repository = writable(proxy, transport)
    repository.push_image(random_image(), "1")
    again = '</v2/team/api/tags/list?n=1000>; rel="next"'
    proxy.fault("GET", "tags/list", faults.change(Link=again), times=100)

    assert list(repository.tags()) == ["1"]


def test_a_repository_that_is_not_there_has_no_tags(any_proxy, transport) -> None:
    repository = writable(any_proxy, transport, new_name())

    assert (list(repository.tags()), repository.find_tag("1")) == ([], None)


def test_a_tag_is_found_where_the_registry_does_not_say_its_digest(
    proxy, kept, transport, random_image
) -> None:
    kept.tells_digest = False
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")

    assert repository.find_tag("1") == image.manifest.descriptor


def test_what_is_attached_is_found(any_proxy, transport, random_image) -> None:
    image, name = random_image(), new_name()
    repository = writable(any_proxy, transport, name)
    repository.push_image(image, "1")

    first = repository.attach(image.manifest.descriptor, SBOM)
    again = repository.attach(image.manifest.descriptor, SBOM)
    second = repository.attach(image.manifest.descriptor, replace(SBOM, content=b"{}"))

    assert first == again
    found = {each.descriptor.digest: each for each in repository.read_referrers(image.digest)}
    assert set(found) == {first.digest, second.digest}
    with found[first.digest].blobs[0].open() as file:
        assert (found[first.digest].artifact_type, file.read()) == (SBOM.media_type, SBOM.content)


def test_a_registry_without_referrers_lists_them_under_a_tag(
    proxy, kept, transport, random_image
) -> None:
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")

    first = repository.attach(image.manifest.descriptor, SBOM)
    plain = replace(SBOM, content=b"{}", annotations={})
    second = repository.attach(image.manifest.descriptor, plain)
    repository.attach(image.manifest.descriptor, SBOM)

    listing = json.loads(kept.manifests["team/api"][image.digest.replace(":", "-")])
    assert listing == {
        "schemaVersion": 2,
        "mediaType": media_type.INDEX,
        "manifests": [
            {
                **first.to_dict(),
                "artifactType": SBOM.media_type,
                "annotations": dict(SBOM.annotations),
            },
            {**second.to_dict(), "artifactType": SBOM.media_type},
        ],
    }


def test_a_registry_with_referrers_gets_no_such_tag(proxy, kept, transport, random_image) -> None:
    kept.referrers = True
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")

    attached = repository.attach(image.manifest.descriptor, SBOM)

    assert list(repository.tags()) == ["1"]
    (found,) = repository.read_referrers(image.digest)
    assert found.descriptor.digest == attached.digest


def test_what_others_list_under_the_tag_stays(proxy, kept, transport, random_image) -> None:
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")
    theirs = {
        "mediaType": media_type.MANIFEST,
        "digest": digest_of(b"x"),
        "size": 1,
        "data": "eA==",
    }
    listing = {"schemaVersion": 2, "manifests": [theirs], "annotations": {"by": "them"}}
    tag = image.digest.replace(":", "-")
    content = canonical_json(listing)
    kept.manifests["team/api"] |= {tag: content, digest_of(b"x"): b"{}"}

    attached = repository.attach(image.manifest.descriptor, SBOM)

    after = json.loads(kept.manifests["team/api"][tag])
    assert after["manifests"][0] == theirs
    assert after["manifests"][1]["digest"] == attached.digest
    assert after["annotations"] == {"by": "them"}


def test_what_somebody_else_attaches_at_the_same_time_is_not_lost(
    proxy, kept, transport, random_image
) -> None:
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")
    theirs = replace(SBOM, content=b"theirs")

    def overtake(passing: faults.Passing) -> None:
        """Have another one's write, made of the same list, come after ours."""
        passing.relay(passing.forward())
        empty = canonical_json({"schemaVersion": 2, "manifests": []})
        kept.manifests["team/api"][image.digest.replace(":", "-")] = empty
        writable(kept, transport).attach(image.manifest.descriptor, theirs)

    proxy.fault("PUT", "manifests/sha256-", overtake)
    repository.attach(image.manifest.descriptor, SBOM)

    found = set()
    for referrer in repository.read_referrers(image.digest):
        with referrer.blobs[0].open() as file:
            found.add(file.read())
    assert found == {b"theirs", SBOM.content}


def test_many_attach_at_once(proxy, transport, random_image) -> None:
    image = random_image()
    repository = writable(proxy, transport)
    repository.push_image(image, "1")
    threads = [
        threading.Thread(
            target=repository.attach,
            args=(image.manifest.descriptor, replace(SBOM, content=f"{at}".encode())),
        )
        for at in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(repository.read_referrers(image.digest)) == 6


def test_nothing_is_ever_deleted(any_proxy, transport, random_image) -> None:
    repository = writable(any_proxy, transport, new_name())
    for seed in range(3):
        repository.push_image(random_image(seed), "1")
        repository.attach(random_image(seed).manifest.descriptor, SBOM)

    assert any_proxy.count("DELETE") == 0
    for seed in range(3):
        kept = repository.manifest(random_image(seed).digest)
        assert kept.content == random_image(seed).manifest.content


def test_an_immutable_tag_that_is_right_is_left_alone(proxy, kept, transport, random_image) -> None:
    kept.immutable = True
    writable(proxy, transport).push_image(random_image(1), "1")

    writable(proxy, transport).push_image(random_image(1), "1")
    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).push_image(random_image(2), "1")

    assert caught.value.message == (
        f"the manifest `1`: `{proxy.host}/team/api` refuses it (status 400): TAG_INVALID: the"
        " tag cannot be overwritten, it is immutable"
    )
    assert caught.value.hint == "the registry never moves a tag: give the image another one"


def test_progress_tells_each_layer_and_what_became_of_it(proxy, transport, random_image) -> None:
    told: list[tuple[object, ...]] = []

    class Listening:
        def start(self, task: str, total: int | None = None) -> None:
            told.append(("start", task, total))

        def advance(self, task: str, amount: int) -> None:
            told.append(("advance", task, amount))

        def finish(self, task: str, outcome: str = "") -> None:
            told.append(("finish", task, outcome))

        def note(self, text: str) -> None:
            told.append(("note", text))

    image = random_image(layers=1, size=300_000)
    size = image.layers[0].blob.descriptor.size
    short = image.layers[0].blob.descriptor.digest[7:19]
    repository = writable(proxy, transport)
    repository.push_image(image, "1", progress=Listening())

    layer = f"layer layer 0 ({short})"
    mine = [one for one in told if one[1] == layer]
    assert (mine[0], mine[-1]) == (("start", layer, size), ("finish", layer, readable_size(size)))
    assert sum(int(str(one[2])) for one in mine if one[0] == "advance") == size


def test_a_layer_that_the_registry_would_not_take_is_told_before_anything_is_sent(
    transport,
) -> None:
    large = Descriptor(media_type=media_type.LAYER, digest=digest_of(b""), size=11_000_000_000)
    layer = Layer(
        blob=FileBlob(large, Path("/nowhere")),
        diff_id=large.digest,
        uncompressed_size=1,
        created_by="torch 2.13.0",
    )
    image = make_image(
        ImageConfig(platform=Platform("linux", "amd64"), created="1980-01-01T00:00:01Z"),
        [layer],
        {},
    )
    repository = WritableRepository(parse_reference("ghcr.io/team/api:1"), transport)

    with pytest.raises(StoreError) as caught:
        repository.push_image(image, "1")

    assert caught.value.message == (
        "layer torch 2.13.0 (e3b0c44298fc) has 11.0 GB, and GitHub's registry takes 10.0 GB for a"
        " layer at most"
    )
    assert caught.value.hint == (
        "give the image more and smaller layers, or mount what is large (models, data) when it"
        " runs instead of packing it"
    )


def test_an_empty_blob_is_sent(any_proxy, transport) -> None:
    blob = bytes_blob(media_type.LAYER, b"")
    repository = writable(any_proxy, transport, new_name())

    assert repository.put_blob(blob) in (Outcome.SENT, Outcome.PRESENT)
    assert repository.has_blob(blob.descriptor)


@pytest.mark.engine
def test_skopeo_and_docker_pull_what_we_push(
    registry, engine, random_image, run, tmp_path, transport
) -> None:
    name = f"{registry}/{new_name()}"
    one, two = random_image(1, layers=3), random_image(2)
    repository = WritableRepository(parse_reference(f"{name}:1"), transport)
    repository.push_image(one, "1")
    repository.push_index(
        make_index([one, replace(two, platform=Platform("linux", "arm64"))], {}), "both"
    )

    run("skopeo", "copy", "--src-tls-verify=false", f"docker://{name}:1", f"oci:{tmp_path}/a:1")
    whole = f"oci:{tmp_path}/b:1"
    run("skopeo", "copy", "--all", "--src-tls-verify=false", f"docker://{name}:both", whole)
    run(engine.program, "pull", "--quiet", f"{name}@{one.digest}")
    run(engine.program, "pull", "--quiet", "--platform=linux/amd64", f"{name}:both")

    for folder, digest in (("a", one.digest), ("b", two.digest)):
        assert (tmp_path / folder / "blobs" / "sha256" / digest[7:]).is_file()
    run(engine.program, "image", "rm", "--force", f"{name}@{one.digest}", f"{name}:both")


@pytest.mark.engine
def test_we_push_on_what_skopeo_pushed(registry, random_image, run, tmp_path, transport) -> None:
    from boxwright.store import layout

    name = f"{registry}/{new_name()}"
    image = random_image(layers=3)
    layout.write(tmp_path / "image", image, "name:1")
    source = f"oci:{tmp_path / 'image'}:1"
    run("skopeo", "copy", "--dest-tls-verify=false", source, f"docker://{name}:1")

    repository = WritableRepository(parse_reference(f"{name}:1"), transport)
    pushed = repository.push_image(repository.read(), "2")

    assert pushed == Pushed(digest=image.digest, sent=0, uploaded=0, mounted=0, present=4)
    assert repository.find_tag("2") == repository.find_tag("1")
