"""Tests of the rule `moving-base-tag`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("moving-base-tag")


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("debian:latest", "is whatever was pushed there last"),
        ("localhost:5000/a:latest", "is whatever was pushed there last"),
        ("tensorflow/tensorflow:latest-gpu", "is whatever was pushed there last"),
        ("vllm/vllm-openai:nightly", "is whatever was pushed there last"),
        ("python:3", "names no version but `3`"),
        ("python:slim", "names no version"),
        ("nginx:alpine", "names no version"),
        ("nvidia/cuda:12-runtime-ubuntu22.04", "names no version but `12`"),
    ],
)
def test_the_tag_is_named_with_the_reason(image: str, why: str) -> None:
    assert JUDGE.messages(f"FROM {image} AS a\nFROM a\n") == [f"`{image}` {why}"]


def test_images_that_are_copied_from_count() -> None:
    text = (
        "FROM debian:12\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n"
        "RUN --mount=from=own:main,target=/m true\n"
    )

    assert JUDGE.places(text) == ["ghcr.io/astral-sh/uv:latest", "own:main"]


@pytest.mark.parametrize(
    ("image", "fixed"),
    [
        ("python:3-slim", "python:3.15.0-slim"),
        ("tensorflow/tensorflow:latest-gpu", "tensorflow/tensorflow:2.20.0-gpu"),
        ("own:latest", "own:latest"),
    ],
)
def test_the_variant_stays(image: str, fixed: str) -> None:
    assert JUDGE.fixed(f"FROM {image}\r\n").startswith(f"FROM {fixed}")


@pytest.mark.parametrize(
    "image",
    [
        "debian:12", "debian:bookworm-slim", "python:3.12-slim", "node:22-slim", "latest:12",
        "debian:latest@sha256:0", "own:nightly-20250101", "own:main-3f2a9c1", "debian", "scratch",
        "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime", "own:slim", "nvcr.io/nvidia/pytorch:25.01-py3",
        "ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "gcr.io/distroless/python3-debian12:nonroot",
    ],
)  # fmt: skip
def test_versions_and_digests_are_fine(image: str) -> None:
    assert JUDGE.messages(f"FROM {image}\n") == []


def test_a_variable_counts_by_its_default() -> None:
    assert JUDGE.messages("ARG TAG=latest\nFROM debian:$TAG") != []
    assert JUDGE.messages("ARG TAG\nFROM debian:$TAG") == []


def test_a_tag_is_read_where_the_name_is_not_known() -> None:
    assert JUDGE.messages("ARG R\nFROM $R/a:latest") == [
        "`$R/a:latest` is whatever was pushed there last"
    ]
    assert JUDGE.messages("ARG R\nFROM $R:5000/a") == []
    assert JUDGE.messages("ARG R\nFROM ${R:-a:latest}") != []
    assert JUDGE.messages("ARG R\nFROM ${R:+a:latest}/b:12") == []
