"""Tests of the rule `full-base-image`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("full-base-image")


def test_sizes_are_told_and_the_slim_tag_is_written() -> None:
    text = "FROM python:3.12-bookworm AS base\r\nRUN pip install flask\r\nFROM base\r\n"

    assert JUDGE.messages(text) == [
        ("`python:3.12-bookworm` is about 380 MB compressed, `python:3.12-slim-bookworm` 44")
    ]
    assert JUDGE.fixed(text) == text.replace("-bookworm", "-slim-bookworm")


@pytest.mark.parametrize(
    "rest",
    [
        "RUN git clone https://example.com/a",
        "RUN gcc a.c",
        "RUN pip install git+https://example.com/a",
        "HEALTHCHECK CMD curl -f http://localhost/",
        'CMD ["make", "serve"]',
    ],
)
def test_what_only_the_full_image_has_takes_the_fix_away(rest: str) -> None:
    assert [each.fix for each in JUDGE.findings(f"FROM node:22\n{rest}\n")] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12 AS build\nFROM python:3.12-slim",
        "FROM python:3.12-alpine",
        "FROM ubuntu:24.04",
        "FROM own:1",
        "FROM python:2.7-jessie",
        "ARG B\nFROM $B",
        "RUN x",
    ],
)
def test_small_and_unknown_images_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_digest_takes_the_fix_away() -> None:
    assert [each.fix for each in JUDGE.findings("FROM python:3.12@sha256:0\n")] == [None]
