"""A tag's digest is looked up in a registry of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.store.registries import Served, serving

from boxwright.errors import StoreError
from boxwright.oci.digest import digest_of
from boxwright.progress import Silent
from boxwright.store import layout
from boxwright.store.tag import find_digest, find_digests
from boxwright.store.transport import Transport

MANIFEST = b'{"schemaVersion": 2, "manifests": []}'


@pytest.fixture
def wary() -> Iterator[Served]:
    """A registry that wants a token, as Docker Hub does."""
    with serving() as served:
        served.manifests["3.13"] = MANIFEST
        served.wants = "token"
        yield served


@pytest.fixture
def transport() -> Transport:
    return Transport(environ={}, timeout=5, backoff=0)


def test_the_digest_is_that_of_the_bytes_whatever_the_header_says(
    wary: Served, transport: Transport
) -> None:
    assert find_digest(f"{wary.host}/team/python:3.13", transport) == digest_of(MANIFEST)
    assert wary.paths()[1] == "/token?service=hub&scope=repository%3Ateam%2Fpython%3Apull"


def test_an_image_that_names_its_digest_needs_no_registry(transport: Transport) -> None:
    digest = digest_of(b"x")
    assert find_digest(f"ghcr.io/team/python@{digest}", transport) == digest


def test_a_tag_that_is_not_there_is_told(wary: Served, transport: Transport) -> None:
    with pytest.raises(StoreError, match=r"`127\.0\.0\.1:\d+/team/python:3\.99` is not in the reg"):
        find_digest(f"{wary.host}/team/python:3.99", transport)


def test_of_several_images_those_that_are_not_there_are_told(
    wary: Served, transport: Transport
) -> None:
    there, missing = (f"{wary.host}/team/python:{tag}" for tag in ("3.13", "3.99"))

    found, failed = find_digests([there, missing, there], transport)

    assert found == {there: digest_of(MANIFEST)}
    assert {name: error.message for name, error in failed.items()} == {
        missing: f"`{missing}` is not in the registry"
    }


def test_a_wrong_token_is_told_without_showing_it(wary: Served, transport: Transport) -> None:
    wary.answer = b'{"token": "wrong-one"}'
    with pytest.raises(StoreError, match="the registry refuses access") as caught:
        find_digest(f"{wary.host}/team/python:3.13", transport)
    assert "wrong-one" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("answer", [b"no json", b"{}", b'{"token": 1}', b'{"token": "a\\nb"}'])
def test_a_broken_token_is_told(wary: Served, transport: Transport, answer: bytes) -> None:
    wary.answer = answer
    with pytest.raises(StoreError, match="token"):
        find_digest(f"{wary.host}/team/python:3.13", transport)


@pytest.mark.engine
def test_a_real_registry_agrees(registry, random_image, run, tmp_path, transport) -> None:
    layout.write(tmp_path / "image", random_image(), "tag:1.0", progress=Silent())
    target = f"docker://{registry}/test/tag:1.0"
    run("skopeo", "copy", "--dest-tls-verify=false", f"oci:{tmp_path / 'image'}", target)
    told = run("skopeo", "inspect", "--tls-verify=false", "--raw", target)
    assert find_digest(f"{registry}/test/tag:1.0", transport) == digest_of(told.encode())
