"""What tests of shipping share: keys, registries, and images in them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from tests.conftest import MakeImage
from tests.ship.small_registry import Small, serving

from boxwright.image.image import Image
from boxwright.oci.reference import parse_reference
from boxwright.ship.keys import PrivateKey, new_private_key
from boxwright.store.registry.push import WritableRepository
from boxwright.store.transport import Transport


@pytest.fixture(scope="session")
def key() -> PrivateKey:
    return new_private_key()


@pytest.fixture(scope="session")
def other_key() -> PrivateKey:
    return new_private_key()


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def pushed(small: Small, random_image: MakeImage) -> Image:
    """Return an image that is in the registry, under the tag `1`."""
    image = random_image(layers=1, size=100)
    small.repository().push_image(image, "1")
    small.asked.clear()
    return image


@pytest.fixture
def repository(registry: str) -> WritableRepository:
    """Return an empty repository of a real registry."""
    reference = parse_reference(f"{registry}/ship/{uuid.uuid4().hex}")
    return WritableRepository(reference, Transport(environ=os.environ, backoff=0.01))
