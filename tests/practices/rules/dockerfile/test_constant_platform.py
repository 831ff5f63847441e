"""Tests of the rule `constant-platform`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("constant-platform")


def test_the_flag_is_removed() -> None:
    text = "ARG V=12\nFROM --platform=linux/arm64/v8   debian:$V AS a\r\nRUN b\n"

    assert JUDGE.messages(text) == [
        "this stage is built for `linux/arm64/v8`, whatever the build is asked for"
    ]
    assert JUDGE.fixed(text) == "ARG V=12\nFROM debian:$V AS a\r\nRUN b\n"
    assert JUDGE.fixed(text, unsafe=False) == text


def test_across_lines_there_is_no_fix() -> None:
    text = "FROM --platform=linux/amd64 \\\n  debian:12\n"

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian:12",
        "FROM --platform=linux/arm64 nvcr.io/nvidia/l4t-jetpack:r36.4.0 AS jetpack-6",
        "FROM --platform=$BUILDPLATFORM debian:12",
        "FROM --platform=linux/$ARCH debian:12",
        "FROM --platform=linux/amd64 debian:12 AS build-amd64",
        "FROM --platform=x86_64 debian:12 AS build-amd64",
        "FROM --platform=linux/arm64 debian:12 AS build_linux_arm",
    ],
)
def test_variables_and_stages_by_platform_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
