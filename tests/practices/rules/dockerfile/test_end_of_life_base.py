"""Tests of the rule `end-of-life-base`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("end-of-life-base")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            "python:3.8-slim-buster",
            (
                "`python:3.8-slim-buster` is out of support: Debian 10 since 2024-06-30 and"
                " Python 3.8 since 2024-10-07"
            ),
        ),
        ("ubuntu:18.04", "`ubuntu:18.04` is out of support: Ubuntu 18.04 since 2023-05-31"),
        (
            "jupyter/base-notebook:latest",
            (
                "`jupyter/base-notebook` is retired since 2023-10-20: the Jupyter images are published"
                " on quay.io only"
            ),
        ),
    ],
)
def test_what_ended_when_is_told(image: str, message: str) -> None:
    assert JUDGE.messages(f"FROM {image} AS a\nFROM a\n") == [message]


def test_one_image_is_told_once() -> None:
    text = "ARG P=3.8\nFROM python:$P-slim AS a\nFROM python:$P-slim\nFROM python:3.7\n"

    assert [finding.start.line for finding in JUDGE.findings(text)] == [2, 4]


def test_the_same_python_is_taken_on_a_newer_distribution() -> None:
    text = "FROM --platform=$BUILDPLATFORM python:3.12-slim-bullseye AS a\r\nRUN b\r\n"

    assert JUDGE.fixed(text) == text.replace("bullseye", "trixie")


def test_an_image_that_moved_is_taken_from_there() -> None:
    assert JUDGE.fixed("FROM jupyter/base-notebook\n") == "FROM quay.io/jupyter/base-notebook\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12-slim",
        "FROM debian:12",
        "FROM own:1",
        "ARG V\nFROM python:$V",
        "FROM scratch",
        "RUN x",
    ],
)
def test_supported_and_unknown_images_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_an_old_python_has_no_fix() -> None:
    assert [each.fix for each in JUDGE.findings("FROM python:3.8-slim-bullseye")] == [None]
