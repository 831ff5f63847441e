"""Tests of the rule `untagged-base`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("untagged-base")


def test_a_release_that_is_known_is_written() -> None:
    text = "FROM --platform=$BUILDPLATFORM python AS build\r\nFROM own/image\r\n"

    assert JUDGE.messages(text) == [
        "`python` has no tag, which means `latest`",
        "`own/image` has no tag, which means `latest`",
    ]
    assert JUDGE.fixed(text) == text.replace("python", "python:3.13.15")


@pytest.mark.parametrize(
    "text",
    [
        "FROM localhost:5000/image",
        "ARG BASE=debian\nFROM $BASE",
        "FROM debian:12 AS build\nFROM builder",
        "from ghcr.io/a/b as c",
    ],
)
def test_without_a_tag_it_is_found(text: str) -> None:
    assert [each.fix for each in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian:12",
        "FROM debian@sha256:0",
        "FROM scratch",
        "FROM debian:12 AS build\nFROM build",
        "FROM debian:12 AS Build\nFROM Build",
        "ARG BASE\nFROM $BASE",
        "ARG TAG\nFROM debian:$TAG",
        "RUN x",
    ],
)
def test_stages_and_what_is_not_known_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
