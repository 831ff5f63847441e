from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "moving-base-in-image"
NAME = "org.opencontainers.image.base.name"
DIGEST = f"org.opencontainers.image.base.digest: sha256:{'a' * 64}"


def based_on(name: str, *others: str, key: str = "labels") -> str:
    more = "".join(f", {other}" for other in others)
    return f"{key}: {{{NAME}: '{name}'{more}}}\nlayers: [{{step: 'LABEL {NAME}={name}'}}]\n"


@pytest.mark.parametrize("name", ["python:3.13-slim", "docker.io/library/debian", "a/b:latest"])
def test_a_tag_that_moves_is_found(name: str) -> None:
    assert found(RULE, based_on(name)) == [
        f"2: info: the base `{name}` is a tag that moves, and its digest is not told"
    ]


@pytest.mark.parametrize(
    "name", ["python:3.13.9-slim-trixie", f"python@sha256:{'a' * 64}", "scratch"]
)
def test_what_stays_is_fine(name: str) -> None:
    assert found(RULE, based_on(name)) == []


def test_a_digest_beside_it_is_enough() -> None:
    assert found(RULE, based_on("python:3.13-slim", DIGEST)) == []


def test_annotations_count() -> None:
    text = based_on("python:3.13-slim", key="annotations")

    assert len(found(RULE, text)) == 1


def test_an_image_that_says_nothing_is_not_judged() -> None:
    assert found(RULE, "layers: [{step: COPY a}]\n") == []


def test_a_name_cannot_break_the_message() -> None:
    (message,) = found(RULE, based_on("a`b:latest"))

    assert "`a�b:latest`" in message
