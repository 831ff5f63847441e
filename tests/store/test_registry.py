"""Registries: read by tag and digest, verified, taken up where they break, with their tokens."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.store.registries import IDENTITY, PASSWORD, USER, Served, basic, index_of, serving

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.store import layout
from boxwright.store.registry.client import Repository
from boxwright.store.transport import Transport

NAME = "team/api"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as registry:
        yield registry


@pytest.fixture
def other() -> Iterator[Served]:
    with serving() as registry:
        yield registry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / ".docker").mkdir(parents=True)
    return folder


@pytest.fixture
def transport(home: Path) -> Transport:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return Transport(environ=environ, timeout=5, backoff=0.001)


def repository(served: Served, transport: Transport, name: str = f"{NAME}:1") -> Repository:
    return Repository(parse_reference(f"{served.host}/{name}"), transport)


def log_in(home: Path, served: Served, **entry: str) -> None:
    auths = {served.host: entry or {"auth": basic().removeprefix("Basic ")}}
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": auths}))


def entry_of(content: bytes, **more: object) -> dict[str, Any]:
    kind = json.loads(content)["mediaType"]
    return {"mediaType": kind, "digest": digest_of(content), "size": len(content), **more}


def contents(image: Image) -> list[bytes]:
    found = []
    for layer in image.layers:
        with layer.blob.open() as file:
            found.append(file.read())
    return found


def test_an_image_is_read_by_tag_and_by_digest(served, transport, random_image) -> None:
    image = random_image(layers=3)
    served.put(image, "1")

    by_tag = repository(served, transport).read()
    by_digest = repository(served, transport, f"{NAME}@{image.digest}").read()

    assert (by_tag.manifest, by_tag.config) == (image.manifest, image.config)
    assert (validate(by_tag), validate(by_digest)) == ((), ())
    assert contents(by_tag) == contents(image)


def test_only_documents_are_read_until_layers_are_opened(served, transport, random_image) -> None:
    image = random_image()
    served.put(image, "1")

    repository(served, transport).read()

    assert served.paths() == [
        f"/v2/{NAME}/manifests/1",
        f"/v2/{NAME}/blobs/{image.config.descriptor.digest}",
    ]


def test_an_image_with_dockers_media_types_is_read(served, transport, random_image) -> None:
    image = random_image()
    served.put(image)
    text = image.manifest.content.decode()
    for ours, dockers in (
        ("oci.image.manifest.v1", "docker.distribution.manifest.v2"),
        ("oci.image.config.v1", "docker.container.image.v1"),
        ("oci.image.layer.v1.tar+gzip", "docker.image.rootfs.diff.tar.gzip"),
    ):
        text = text.replace(f"application/vnd.{ours}", f"application/vnd.{dockers}")
    served.put_manifest(text.encode(), "1")

    assert validate(repository(served, transport).read()) == ()


def test_a_manifest_without_a_media_type_is_told_by_what_it_holds(
    served, transport, random_image
) -> None:
    image = random_image()
    served.put(image)
    bare = json.loads(image.manifest.content)
    del bare["mediaType"]
    served.put_manifest(canonical_json(bare), "1")
    index = {"schemaVersion": 2, "manifests": [entry_of(image.manifest.content)]}
    served.put_manifest(canonical_json(index), "2")

    assert repository(served, transport).read().config == image.config
    assert repository(served, transport, f"{NAME}:2").read().digest == image.digest


def test_an_index_is_read_for_the_platform_that_is_asked_for(
    served, transport, random_image
) -> None:
    one, two = random_image(1), random_image(2)
    served.put(one)
    served.put(two)
    served.put_index(
        entry_of(one.manifest.content, platform={"os": "linux", "architecture": "amd64"}),
        entry_of(two.manifest.content, platform={"os": "linux", "architecture": "arm64"}),
        tag="1",
    )

    found = repository(served, transport).read(Platform("linux", "arm64", "v8"))

    assert found.digest == two.digest


def test_what_is_not_there_is_told(served, transport, random_image) -> None:
    image = random_image()
    served.put(image, "1")
    digest = image.layers[0].blob.descriptor.digest
    del served.blobs[digest]

    with pytest.raises(StoreError) as caught:
        repository(served, transport, f"{NAME}:2").read()
    assert caught.value.message == (
        f"the manifest `2` of `{served.host}/{NAME}` is not in the registry"
    )
    found = repository(served, transport).read()
    with pytest.raises(StoreError) as missing:
        found.layers[0].blob.open()
    assert missing.value.message == (
        f"the blob {digest} of `{served.host}/{NAME}:1` is not in the registry"
    )


def test_a_cut_connection_is_taken_up_where_it_broke(served, transport, random_image) -> None:
    image = random_image(layers=1, size=10_000)
    served.put(image, "1")
    served.cut_after = 3000

    found = repository(served, transport).read()

    assert contents(found) == contents(image)
    ranges = [sent for path, sent, _ in served.asked if "/blobs/" in path and sent]
    assert ranges[:2] == ["bytes=3000-", "bytes=6000-"]


def test_a_token_that_grows_old_is_replaced_in_the_middle_of_a_layer(
    served, transport, random_image
) -> None:
    image = random_image(layers=1, size=20_000)
    served.put(image, "1")
    served.wants, served.token_uses, served.cut_after = "token", 2, 3000

    found = repository(served, transport).read()

    assert contents(found) == contents(image)
    assert sum(path.startswith("/token") for path in served.paths()) >= 4


def test_layers_are_read_at_the_same_time(served, transport, random_image) -> None:
    image = random_image(layers=6, size=50_000)
    served.put(image, "1")
    served.wants, served.token_uses = "token", 3
    found = repository(served, transport).read()
    got: dict[int, bytes] = {}

    def fetch(at: int) -> None:
        with found.layers[at].blob.open() as file:
            got[at] = file.read()

    threads = [threading.Thread(target=fetch, args=(at,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [got[at] for at in range(6)] == contents(image)


@pytest.mark.parametrize("wants", ["login", "basic", "identity"])
def test_credentials_of_docker_are_sent_where_they_are_asked_for(
    served, transport, random_image, home, wants: str
) -> None:
    served.put(random_image(), "1")
    served.wants = wants
    if wants == "identity":
        log_in(home, served, identitytoken=IDENTITY)
    else:
        log_in(home, served)

    assert validate(repository(served, transport).read()) == ()


def test_credentials_in_netrc_still_serve(served, transport, random_image, home) -> None:
    served.put(random_image(), "1")
    served.wants = "login"
    (home / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
    (home / ".netrc").chmod(0o600)

    assert validate(repository(served, transport).read()) == ()


@pytest.mark.parametrize("wants", ["login", "basic", "identity", "token"])
def test_wrong_credentials_are_refused_and_never_shown(
    served, transport, random_image, home, wants: str
) -> None:
    served.put(random_image(), "1")
    served.wants = wants
    served.answer = b'{"token": "s3cret-but-wrong"}'
    wrong = base64.b64encode(b"me:s3cret-but-wrong").decode()
    if wants == "identity":
        log_in(home, served, identitytoken="s3cret-but-wrong")
    else:
        log_in(home, served, auth=wrong)

    with pytest.raises(StoreError) as caught:
        repository(served, transport).read()

    error: BaseException | None = caught.value
    assert caught.value.message == f"`{served.host}/{NAME}:1`: the registry refuses access"
    assert caught.value.hint == (
        f"the registry does not take the credentials: `docker login {served.host}` again"
    )
    while error is not None:
        shown = f"{error} {error!r} {getattr(error, 'hint', '')}"
        assert "s3cret" not in shown
        assert wrong not in shown
        error = error.__cause__ or error.__context__
    assert len(served.asked) < 12


def test_without_credentials_the_hint_says_how_to_give_them(
    served, transport, random_image, home
) -> None:
    served.put(random_image(), "1")
    served.wants = "basic"
    settings = json.dumps({"credsStore": "nowhere"})
    (home / ".docker" / "config.json").write_text(settings)

    with pytest.raises(StoreError) as caught:
        repository(served, transport).read()

    assert caught.value.hint == (
        f"check the image's name, or give credentials: `docker login {served.host}`, or netrc;"
        " there is no program `docker-credential-nowhere`"
    )


def test_a_storage_host_that_blobs_are_at_gets_no_credentials(
    served, other, transport, random_image, home
) -> None:
    image = random_image()
    served.put(image, "1")
    other.put(image)
    served.wants, served.elsewhere = "login", other.host
    log_in(home, served)

    assert validate(repository(served, transport).read()) == ()
    assert {sent for _, _, sent in other.asked} == {""}


@pytest.mark.parametrize("realm", ["http://tokens.invalid/token", "ftp://tokens.invalid", "x"])
def test_a_token_is_not_asked_for_in_the_clear(served, transport, random_image, realm: str) -> None:
    served.put(random_image(), "1")
    served.wants, served.realm = "token", realm

    with pytest.raises(StoreError, match="the registry refuses access"):
        repository(served, transport).read()


def test_other_hosts_are_spoken_to_in_secret() -> None:
    repository = Repository(parse_reference("registry.invalid/a:1"), Transport(environ={}))

    assert repository._url == "https://registry.invalid/v2/a"


@pytest.mark.parametrize("answer", [b"[" * 100_000, b"no json", b"{}", b'{"token": "a\\nb"}'])
def test_a_broken_token_is_told(served, transport, random_image, answer: bytes) -> None:
    served.put(random_image(), "1")
    served.wants, served.answer = "token", answer

    with pytest.raises(StoreError, match="token"):
        repository(served, transport).read()


def test_a_manifest_that_is_another_than_its_digest_is_refused(
    served, transport, random_image
) -> None:
    served.put(random_image(1))
    served.manifests[random_image(2).digest] = random_image(1).manifest.content

    with pytest.raises(DigestMismatchError):
        repository(served, transport, f"{NAME}@{random_image(2).digest}").read()


@pytest.mark.parametrize("which", ["config", "layer"])
@pytest.mark.parametrize("how", ["other", "longer", "shorter"])
def test_a_blob_that_is_another_than_promised_is_refused(
    served, transport, random_image, which: str, how: str
) -> None:
    image = random_image()
    served.put(image, "1")
    blob = image.config if which == "config" else image.layers[0].blob
    digest = blob.descriptor.digest
    true = served.blobs[digest]
    served.blobs[digest] = {
        "other": true.replace(b"8", b"9", 1) if which == "config" else bytes(len(true)),
        "longer": true + b" ",
        "shorter": true[:-1],
    }[how]

    if which == "config":
        with pytest.raises(StoreError):
            repository(served, transport).read()
    else:
        found = repository(served, transport).read()
        assert validate(found)[0].startswith("layer 0: ")


def test_a_document_of_five_megabytes_is_refused(served, transport) -> None:
    served.manifests["1"] = b'{"schemaVersion": 2, "x": "' + b"x" * (5 << 20) + b'"}'

    with pytest.raises(StoreError, match="more than 4194304 bytes"):
        repository(served, transport).read()


def attestation(image: Image, *, subject: bool) -> tuple[bytes, bytes]:
    """Return a manifest that tells of *image*, and the document in it."""
    told = b'{"predicateType": "https://spdx.dev/Document"}'
    layer = Descriptor(
        media_type="application/vnd.in-toto+json",
        digest=digest_of(told),
        size=len(told),
        annotations={"in-toto.io/predicate-type": "https://spdx.dev/Document"},
    )
    empty = Descriptor(
        media_type="application/vnd.oci.empty.v1+json", digest=digest_of(b"{}"), size=2
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/spdx+json",
        "config": empty.to_dict(),
        "layers": [layer.to_dict()],
    }
    if subject:
        manifest["subject"] = image.manifest.descriptor.to_dict()
    return canonical_json(manifest), told


def told_of(repository: Repository, digest: Digest) -> list[tuple[str, bytes]]:
    found = []
    for referrer in repository.read_referrers(digest):
        for blob in referrer.blobs:
            with blob.open() as file:
                found.append((referrer.artifact_type, file.read()))
    return found


@pytest.mark.parametrize("way", ["api", "tag", "index"])
def test_what_refers_to_an_image_is_found(served, transport, random_image, way: str) -> None:
    image = random_image()
    served.put(image, "1")
    manifest, told = attestation(image, subject=way != "index")
    served.put_manifest(manifest)
    served.blobs[digest_of(told)] = told
    if way == "api":
        served.referrers[image.digest] = index_of(entry_of(manifest))
    elif way == "tag":
        served.put_index(entry_of(manifest), tag=image.digest.replace(":", "-"))
    else:
        amd64 = {"os": "linux", "architecture": "amd64"}
        unknown = {"os": "unknown", "architecture": "unknown"}
        marks = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image.digest,
        }
        served.put_index(
            entry_of(image.manifest.content, platform=amd64),
            entry_of(manifest, platform=unknown, annotations=marks),
            tag="1",
        )

    assert repository(served, transport).read().digest == image.digest
    assert told_of(repository(served, transport), image.digest) == [("application/spdx+json", told)]


def test_an_image_of_which_nothing_is_told_has_no_referrers(
    served, transport, random_image
) -> None:
    served.put(random_image(), "1")

    assert repository(served, transport).read_referrers(random_image().digest) == ()


@pytest.mark.engine
def test_a_real_registry_gives_what_was_pushed(
    registry, random_image, run, tmp_path, transport
) -> None:
    image = random_image(layers=3, size=100_000)
    layout.write(tmp_path / "image", image, "name:1")
    name = f"{registry}/boxwright-test/reading:1"
    run(
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        f"oci:{tmp_path / 'image'}:1",
        f"docker://{name}",
    )

    found = Repository(parse_reference(name), transport).read()

    assert (found.digest, validate(found)) == (image.digest, ())
    assert Repository(parse_reference(name), transport).read_referrers(image.digest) == ()
