"""Reading from registries in trouble: what arrives is whole and right, or an error."""

from __future__ import annotations

import time
import uuid

import pytest
from tests.store.registry import faults
from tests.store.registry.faults import Proxy

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.oci.reference import parse_reference
from boxwright.store.registry.client import Repository
from boxwright.store.registry.push import WritableRepository
from boxwright.store.transport import Transport


def pushed(proxy: Proxy, transport: Transport, image: Image) -> Repository:
    name = f"{proxy.host}/boxwright-test/pull-{uuid.uuid4().hex[:12]}:1"
    WritableRepository(parse_reference(name), transport).push_image(image, "1")
    proxy.asked.clear()
    return Repository(parse_reference(name), transport)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("path", ["manifests", "blobs"])
def test_a_registry_in_trouble_is_asked_again(
    any_proxy, transport, random_image, path: str, status: int
) -> None:
    repository = pushed(any_proxy, transport, random_image())
    any_proxy.fault("GET", path, faults.say(status), times=3)

    assert validate(repository.read()) == ()


def test_a_registry_is_given_the_time_that_it_asks_for(
    proxy, transport, random_image, monkeypatch
) -> None:
    repository = pushed(proxy, transport, random_image())
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    proxy.fault("GET", "manifests", faults.say(429, {"Retry-After": "7"}))

    repository.read()

    assert waits == [7]


def give_part(passing: faults.Passing) -> None:
    """Give a third of what there is, and hang up."""
    answer = passing.forward()
    assert answer
    passing.body = passing.body[: len(passing.body) // 3]
    passing.close_connection = True
    passing.relay(answer)


def test_a_layer_that_is_cut_arrives_whole(any_proxy, transport, random_image) -> None:
    repository = pushed(any_proxy, transport, random_image(layers=1, size=500_000))
    found = repository.read()
    any_proxy.fault("GET", "blobs", give_part, times=3)

    assert validate(found) == ()


def test_a_layer_that_is_changed_on_its_way_is_refused(any_proxy, transport, random_image) -> None:
    def spoil(passing: faults.Passing) -> None:
        answer = passing.forward()
        assert answer
        passing.body = bytes([passing.body[0] ^ 1]) + passing.body[1:]
        passing.relay(answer)

    repository = pushed(any_proxy, transport, random_image(layers=1, size=500_000))
    found = repository.read()
    any_proxy.fault("GET", "blobs", spoil)

    with pytest.raises(DigestMismatchError), found.layers[0].blob.open() as file:
        file.read()


def test_a_token_that_grows_old_is_replaced_between_parts(
    any_proxy, transport, random_image
) -> None:
    repository = pushed(any_proxy, transport, random_image(layers=3, size=500_000))
    any_proxy.token_uses = 2
    any_proxy.fault("GET", "blobs", give_part, times=4)

    assert validate(repository.read()) == ()
    assert len(any_proxy.scopes) >= 5


@pytest.mark.parametrize("path", ["manifests", "blobs"])
def test_a_service_of_the_cloud_is_not_asked(proxy, transport, random_image, path: str) -> None:
    repository = pushed(proxy, transport, random_image())
    there = {"Location": "http://169.254.169.254/latest/meta-data"}
    proxy.fault("GET", path, faults.say(307, there))

    with pytest.raises(StoreError) as caught:
        repository.read()

    assert caught.value.message.endswith(
        "sends on to `http://169.254.169.254/latest/meta-data`, a link-local address"
    )


def test_a_cut_while_streaming_through_to_another_registry(
    any_proxy, proxy, transport, random_image
) -> None:
    image = random_image(layers=3, size=500_000)
    found = pushed(any_proxy, transport, image).read()
    any_proxy.fault("GET", "blobs", give_part, times=4)
    proxy.fault("PUT", "blobs", faults.cut(100_000), times=2)
    target = WritableRepository(parse_reference(f"{proxy.host}/copy:1"), transport)

    target.push_image(found, "1")

    copied = Repository(parse_reference(f"{proxy.host}/copy:1"), transport).read()
    assert (copied.digest, validate(copied)) == (image.digest, ())
