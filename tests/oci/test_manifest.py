"""Manifests and indexes: read, written, and refused with the key that is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import StoreError
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.oci.manifest import Index, Manifest

DIGEST = "sha256:" + 64 * "0"
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": 2}
LAYER = {
    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
    "digest": DIGEST,
    "size": 3,
    "annotations": {"a": "b"},
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": CONFIG,
    "layers": [LAYER],
    "annotations": {"title": "é"},
}
INDEX = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": DIGEST,
            "size": 4,
            "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"},
        }
    ],
}


def test_a_manifest_is_written_as_it_was_read() -> None:
    assert Manifest.from_dict(Node(MANIFEST, "manifest")).to_dict() == MANIFEST


def test_an_index_is_written_as_it_was_read() -> None:
    assert Index.from_dict(Node(INDEX, "index.json")).to_dict() == INDEX


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schemaVersion": 1}, "m: schemaVersion: expected 2, found `1`"),
        ({"config": None}, "m: config is missing"),
        ({"layers": {}}, "m: layers: expected an array, found an object"),
        ({"layers": [LAYER, 7]}, "m: layers[1]: expected an object, found `7`"),
        (
            {"layers": [LAYER | {"size": -1}]},
            "m: layers[0].size: expected a number of bytes, found `-1`",
        ),
        (
            {"layers": [LAYER | {"size": True}]},
            "m: layers[0].size: expected a number of bytes, found a boolean",
        ),
        (
            {"config": CONFIG | {"digest": "1"}},
            "m: config.digest: expected `sha256:` and 64 lower-case hexadecimal digits, found `1`",
        ),
        ({"annotations": {"a": 1}}, "m: annotations.a: expected a string, found `1`"),
        (
            {"mediaType": "text"},
            "m: mediaType: expected `application/vnd.oci.image.manifest.v1+json`, found `text`",
        ),
    ],
)
def test_the_key_that_is_wrong_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreError) as caught:
        Manifest.from_dict(parse_document(json.dumps(MANIFEST | change).encode(), "m"))

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "m: expected an object, found an array"),
        (b"", "m is no JSON document (Expecting value: line 1 column 1 (char 0))"),
        (b"[" * 100_000, "m is nested too deeply"),
        (b" " * (LIMIT + 1), f"m has {LIMIT + 1} bytes, more than the {LIMIT} that it may have"),
    ],
)
def test_what_is_no_document_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        Manifest.from_dict(parse_document(content, "m"))

    assert caught.value.message == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["schemaVersion", "config", "layers", "manifests", "digest", "size", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON)
def test_any_json_is_a_document_or_a_store_error(value: object) -> None:
    for kind in (Manifest, Index):
        with contextlib.suppress(StoreError):
            kind.from_dict(Node(value, "m"))
