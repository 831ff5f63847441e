from __future__ import annotations

import pytest

from boxwright.errors import StoreError
from boxwright.oci.place import OnDisk, parse_place
from boxwright.oci.reference import parse_reference


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("python:3.13-slim", parse_reference("python:3.13-slim")),
        ("docker://python:3.13-slim", parse_reference("python:3.13-slim")),
        ("registry:2", parse_reference("registry:2")),
        ("docker:27", parse_reference("docker:27")),
        ("oci:images/base:1", OnDisk("images/base:1", "oci:")),
        ("docker-archive:base.tar", OnDisk("base.tar", "docker-archive:")),
        ("./base", OnDisk("./base")),
        ("images/base.tar", OnDisk("images/base.tar")),
    ],
)
def test_a_name_says_where_its_image_is(text: str, place: object) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["docker-daemon:python:3.13", "podman:localhost/base"])
def test_an_engine_of_this_machine_is_no_place_for_others(text: str) -> None:
    with pytest.raises(StoreError, match="an engine of this machine"):
        parse_place(text)
