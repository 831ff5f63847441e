"""What is known of base images."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from boxwright.practices import base_images
from boxwright.practices.base_images import (
    BaseFacts,
    BaseImage,
    End,
    end_of_life,
    regular_support_end,
    tag_parts,
)


def facts(reference: str) -> BaseFacts:
    found = BaseImage(reference).facts
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reference", "name", "tag", "digest"),
    [
        ("python", "python", "", ""),
        ("docker.io/library/python:3.12", "python", "3.12", ""),
        ("index.docker.io/library/python:3.12", "python", "3.12", ""),
        ("nvidia/cuda:12.4.1-base-ubuntu22.04", "nvidia/cuda", "12.4.1-base-ubuntu22.04", ""),
        ("localhost:5000/team/api", "localhost:5000/team/api", "", ""),
        ("quay.io/jupyter/base-notebook:x@sha256:ab", "quay.io/jupyter/base-notebook", "x",
         "sha256:ab"),
    ],
)  # fmt: skip
def test_a_reference_is_taken_apart(reference: str, name: str, tag: str, digest: str) -> None:
    image = BaseImage(reference)
    assert (image.name, image.tag, image.digest) == (name, tag, digest)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("python:3.12-slim", ("python", "glibc", "debian:13", "root", "3.12", True)),
        ("python:3.11-bookworm", ("python", "glibc", "debian:12", "root", "3.11", False)),
        ("python:3.8-slim-buster", ("python", "glibc", "debian:10", "root", "3.8", True)),
        ("python:3.11.9-alpine3.20", ("python", "musl", "alpine:3.20", "root", "3.11.9", True)),
        ("python:3.12-alpine", ("python", "musl", "alpine:", "root", "3.12", True)),
        ("python", ("python", "glibc", "debian:13", "root", None, False)),
        ("debian:bookworm-slim", ("debian", "glibc", "debian:12", "root", None, True)),
        ("ubuntu:22.04", ("ubuntu", "glibc", "ubuntu:22.04", "root", None, False)),
        ("ubuntu:focal-20240530", ("ubuntu", "glibc", "ubuntu:20.04", "root", None, False)),
        ("alpine:3.20.1", ("alpine", "musl", "alpine:3.20.1", "root", None, True)),
        ("centos:7", ("redhat", "glibc", "centos:7", "root", None, False)),
        ("rockylinux:9", ("redhat", "glibc", "rockylinux:9", "root", None, False)),
        ("registry.access.redhat.com/ubi9/python-311:1-77",
         ("redhat", "glibc", "ubi:9", "1001", "3.11", False)),
        ("gcr.io/distroless/python3-debian12:nonroot",
         ("distroless", "glibc", "debian:12", "65532", "3.11", True)),
        ("cgr.dev/chainguard/python:latest", ("chainguard", "glibc", "wolfi:", "65532", None, True)),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim",
         ("uv", "glibc", "debian:12", "root", "3.12", True)),
        ("jupyter/scipy-notebook:latest", ("jupyter", "glibc", "ubuntu:22.04", "1000", None, False)),
        ("quay.io/jupyter/base-notebook:python-3.12",
         ("jupyter", "glibc", "ubuntu:24.04", "1000", "3.12", False)),
        ("mambaorg/micromamba:1.5.8", ("conda", "glibc", None, "mambauser", None, False)),
        ("public.ecr.aws/lambda/python:3.12",
         ("lambda", "glibc", "amazonlinux:2023", "root", "3.12", False)),
    ],
)  # fmt: skip
def test_the_tag_says_what_an_image_stands_on(reference: str, expected: tuple[object, ...]) -> None:
    found = facts(reference)
    assert (
        found.family, found.libc, found.distribution, found.user, found.python, found.is_slim,
    ) == expected  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04", ("12.4.1", "devel", True, "ubuntu:22.04")),
        ("nvidia/cuda:11.8.0-cudnn8-runtime-ubi8", ("11.8.0", "runtime", True, "ubi:8")),
        ("nvcr.io/nvidia/cuda:13.0.3-base-ubuntu24.04", ("13.0.3", "base", False, "ubuntu:24.04")),
        ("pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel", ("12.4", "devel", True, None)),
        ("pytorch/pytorch:latest", (None, None, False, None)),
        ("nvcr.io/nvidia/pytorch:24.05-py3", ("12.4", "devel", True, None)),
        ("tensorflow/tensorflow:2.15.0-gpu", ("12.2", "runtime", False, None)),
        ("tensorflow/tensorflow:2.15.0", (None, None, False, None)),
        ("quay.io/jupyter/pytorch-notebook:cuda12-latest", ("12", None, False, "ubuntu:24.04")),
    ],
)
def test_the_tag_says_which_cuda_is_in_it(reference: str, expected: tuple[object, ...]) -> None:
    found = facts(reference)
    assert (found.cuda, found.cuda_flavour, found.cudnn, found.distribution) == expected


@pytest.mark.parametrize(
    "reference",
    ["team/base:1.2", "ghcr.io/team/python:3.12", "python:3.12-windowsservercore", "scratch", "", None],
)  # fmt: skip
def test_nothing_is_known_of_other_images(reference: str | None) -> None:
    assert BaseImage(reference).facts is None


def test_the_distribution_of_a_patch_release_is_the_one_of_its_day() -> None:
    tags = ["3.11.3-slim", "3.11.4-slim", "3.11.13-slim", "3.11.14-slim", "3.12.0", "3.12.14"]
    assert [facts(f"python:{tag}").distribution for tag in tags] == [
        # What 3.11.3 and 3.11.13 stand on depends on whether they were built once more.
        None, "debian:12", None, "debian:13", "debian:12", "debian:13",
    ]  # fmt: skip


def test_programs_are_there_or_not_or_not_known() -> None:
    slim, full, alpine = (facts(f"python:{tag}") for tag in ("3.12-slim", "3.12", "3.12-alpine"))
    names = ["sh", "bash", "curl", "wget", "git", "gcc", "pip", "apt-get", "apk", "ffmpeg"]
    assert [slim.has_program(name) for name in names] == [
        True, True, False, False, False, False, True, True, False, None,
    ]  # fmt: skip
    assert [full.has_program(name) for name in names] == [
        True, True, True, True, True, True, True, True, False, None,
    ]  # fmt: skip
    assert [alpine.has_program(name) for name in names] == [
        True, False, False, True, False, False, True, False, True, None,
    ]  # fmt: skip
    assert facts("nvidia/cuda:12.4.1-devel-ubuntu22.04").has_program("nvcc") is True
    assert facts("nvidia/cuda:12.4.1-runtime-ubuntu22.04").has_program("python3") is False
    assert facts("vllm/vllm-openai:v0.8.0").has_program("jq") is None
    assert facts("gcr.io/distroless/base-debian12").has_program("sh") is False
    assert facts("gcr.io/distroless/base-debian12:debug").has_program("sh") is True
    assert facts("pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime").has_program("conda") is None


@pytest.mark.parametrize(
    ("reference", "exactness"),
    [
        ("python", "none"),
        ("python:latest", "none"),
        ("python:slim", "none"),
        ("python:3", "partial"),
        ("python:3.12-slim", "partial"),
        ("python:3.12.4-slim", "exact"),
        ("python:3.12@sha256:ab", "exact"),
        ("debian:bookworm", "partial"),
        ("debian:stable-slim", "none"),
        ("debian:bookworm-20240612-slim", "exact"),
        ("ubuntu:22.04", "exact"),
        ("nvidia/cuda:12.4-base-ubuntu22.04", "partial"),
        ("nvidia/cuda:12.4.1-base-ubuntu22.04", "exact"),
        ("nvcr.io/nvidia/tritonserver:24.05-py3", "exact"),
        ("tensorflow/tensorflow:latest-gpu", "none"),
        ("vllm/vllm-openai:nightly", "none"),
        ("vllm/vllm-openai:v0.6.3.post1", "exact"),
        ("quay.io/jupyter/base-notebook:2024-05-27", "exact"),
        ("quay.io/jupyter/base-notebook:python-3.12", "partial"),
        ("team/base:main", "none"),
        ("team/base:1.2", "partial"),
        ("team/base:v1.2.3", "exact"),
        ("team/base:sha-0a1b2c3d", "exact"),
    ],
)
def test_a_tag_is_as_exact_as_its_numbers(reference: str, exactness: str) -> None:
    image = BaseImage(reference)
    assert (image.exactness, image.is_moving) == (exactness, exactness != "exact")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("python:3.12-slim", ("3.12.14-slim-trixie", True)),
        ("python:3.11-slim-bookworm", ("3.11.16-slim-bookworm", True)),
        ("python:3.12-alpine3.20", ("3.12.14-alpine3.20", True)),
        ("python:latest", ("3.13.15", False)),
        ("nvidia/cuda:12.4-base-ubuntu22.04", ("12.4.1-base-ubuntu22.04", True)),
        ("python:3.12.4-slim", None),
        ("python:3.99", None),
        ("team/base:1", None),
        ("ubuntu:latest", None),
    ],
)
def test_an_exact_tag_is_suggested_where_the_table_has_one(
    reference: str, expected: tuple[str, bool] | None
) -> None:
    found = BaseImage(reference).suggestion
    assert (found and (found.tag, found.is_same)) == expected
    assert found is None or found.as_of == date(2026, 11, 21)


def test_ends_come_the_earliest_first() -> None:
    found = facts("python:3.8-slim-buster")
    assert found.ends == (
        End("Debian 10", date(2024, 6, 30)),
        End("Python 3.8", date(2024, 10, 7)),
    )
    assert found.end_of_life == date(2024, 6, 30)
    assert facts("nvidia/cuda:10.2-base-ubuntu18.04").ends[0].what == "CUDA 10.2"


def test_a_retired_repository_says_where_to_go() -> None:
    found = facts("jupyter/base-notebook:python-3.11")
    assert (found.retired, found.replaced_by) == (date(2023, 10, 20), "quay.io/jupyter/")


def test_a_release_is_found_by_number_and_by_name() -> None:
    assert end_of_life("debian", "bullseye") == End("Debian 11", date(2026, 8, 31))
    assert end_of_life("python", "3.10.4") == End("Python 3.10", date(2026, 10, 31))
    assert end_of_life("debian", "99") is None
    assert end_of_life("plan9", "4") is None
    assert regular_support_end("debian:12") == date(2026, 7, 11)


def test_the_words_of_a_tag_are_told_apart() -> None:
    parts = tag_parts("v2.6.0rc1-cu124-py311-jammy-20240627")
    assert (
        parts.version, parts.is_long, parts.cuda, parts.python, parts.distribution, parts.date,
    ) == ("2.6.0", True, "12.4", "3.11", "ubuntu:jammy", "20240627")  # fmt: skip


@pytest.mark.parametrize("tag", ["-" * 5000, "a" * 5000, "1." * 5000, "cuda" * 3000, "é" * 100])
def test_a_strange_tag_is_read_quickly_all_the_same(tag: str) -> None:
    image = BaseImage(f"python:{tag}")
    assert (image.exactness, image.suggestion is None) in {("none", False), ("partial", True),
                                                           ("exact", True), ("none", True)}  # fmt: skip


def test_every_row_of_the_table_can_be_read() -> None:
    path = Path(base_images.__file__).with_name("data") / "base_images.toml"
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["images"]:
        for name in row["names"]:
            reference = name.replace("*", "x")
            words = {
                word
                for case in row.get("when", ())
                for word in case.get("words", [case.get("word")])
            }
            for tag in ["latest", *sorted(words)]:
                image = BaseImage(f"{reference}:{tag}")
                if tag not in {"windowsservercore", "nanoserver"}:
                    assert image.facts is not None, image


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("a:latest", "latest"),
        ("tensorflow/tensorflow:latest-gpu", "latest"),
        ("vllm/vllm-openai:nightly", "nightly"),
        ("debian:oldstable-slim", "oldstable"),
        ("a:nightly-20250101", ""),
        ("a:1.2-latest", ""),
        ("a:latest@sha256:0", ""),
        ("a", ""),
        ("latest:12", ""),
    ],
)
def test_a_tag_may_say_that_others_follow(reference: str, word: str) -> None:
    assert BaseImage(reference).moving_word == word


@pytest.mark.parametrize(
    ("reference", "slim"),
    [
        ("python:3.12", "python:3.12-slim"),
        ("python:3.12-bookworm", "python:3.12-slim-bookworm"),
        ("node:22-bookworm", "node:22-bookworm-slim"),
        ("python", "python:slim"),
        ("python:latest", "python:slim"),
        ("python:2.7-jessie", "python:2.7-slim-jessie"),
        ("debian", None),
        ("python:3.12-slim", None),
        ("python:3.12-alpine", None),
        ("ubuntu:24.04", None),
        ("own", None),
    ],
)
def test_the_small_variant_is_known_where_there_is_one(reference: str, slim: str | None) -> None:
    found = BaseImage(reference).slim

    assert (found.reference if found else None) == slim


@pytest.mark.parametrize(
    ("reference", "successor"),
    [
        ("python:3.12-slim-bullseye", "python:3.12-slim-trixie"),
        ("python:3.11.4-slim-bullseye", None),
        ("python:3.12-slim", None),
        ("jupyter/base-notebook:latest", "quay.io/jupyter/base-notebook:latest"),
        ("jupyter/base-notebook:python-3.10", None),
        ("debian:10", None),
    ],
)
def test_where_an_image_is_kept_up_is_known(reference: str, successor: str | None) -> None:
    found = BaseImage(reference).successor

    assert (found.reference if found else None) == successor
