"""What known registries do otherwise."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from boxwright.errors import StoreError
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.store.registry import quirks
from boxwright.store.registry.quirks import Quirks, quirks_of


def test_every_entry_says_where_it_is_from_and_when() -> None:
    entries = tomllib.loads(Path(quirks.__file__).with_suffix(".toml").read_text())["registry"]

    known = {"hosts", "name", "largest_layer", "chunk", "resumes", "minutes", "source", "date"}
    for entry in entries:
        assert {"hosts", "name", "source", "date"} <= set(entry) <= known
        assert entry["source"]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("ghcr.io", "GitHub's registry"),
        ("public.ecr.aws", "Amazon ECR Public"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "Amazon ECR"),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "Amazon ECR"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "Amazon ECR"),
        ("ghcr.io.example", ""),
        ("registry.example:5000", ""),
    ],
)
def test_registries_are_known_by_their_hosts(host: str, name: str) -> None:
    assert quirks_of(host).name == name


def test_a_blob_that_is_too_large_is_told_with_the_limit() -> None:
    descriptor = Descriptor(media_type="x", digest=digest_of(b""), size=53_000_000_000)
    ecr = quirks_of("1.dkr.ecr.eu-west-1.amazonaws.com")

    ecr.check(descriptor, "the layer")
    Quirks().check(descriptor, "the layer")
    with pytest.raises(StoreError) as caught:
        quirks_of("public.ecr.aws").check(descriptor, "the layer")

    assert caught.value.message == (
        "the layer has 53.0 GB, and Amazon ECR Public takes 10.5 GB for a layer at most"
    )
