"""Tests of the rule `empty-base-argument`."""

from __future__ import annotations

import pytest
from tests.practices.builds import build
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity
from boxwright.practices.rules.dockerfile.empty_base_argument import empty_base_argument

JUDGE = Judge("empty-base-argument")


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        ("ARG B\nFROM $B", Severity.INFO, "unless `B` is given, the base image has no name"),
        ("ARG T\nFROM a:${T}", Severity.INFO, "unless `T` is given, the base image is `a:`"),
        (
            "ARG T=\nFROM a:$T",
            Severity.WARNING,
            "by default the base image is `a:`, which is no name of an image",
        ),
        ("ARG B=''\nFROM $B", Severity.WARNING, "by default the base image has no name"),
        (
            "ARG B=Debian\nFROM $B",
            Severity.WARNING,
            "by default the base image is `Debian`, which is no name of an image",
        ),
    ],
)
def test_what_gives_no_name_is_found(text: str, severity: Severity, message: str) -> None:
    assert [(each.severity, each.message) for each in JUDGE.findings(text)] == [(severity, message)]


@pytest.mark.parametrize(
    "text",
    [
        "ARG T=12\nFROM debian:$T",
        "ARG T\nFROM debian:${T:-12}",
        "ARG S\nFROM debian:12$S",
        "ARG B=debian\nARG T=$B:12\nFROM $T",
        "FROM debian:12 AS build-amd64\nFROM build-$TARGETARCH",
        "FROM debian:$UNKNOWN",
        "ARG M=DGX-2\nFROM debian:12 AS on-DGX-2\nFROM on-$M",
        "RUN x",
    ],
)
def test_names_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_one_argument_is_reported_once() -> None:
    text = "ARG B\nFROM $B AS a\nRUN x\nFROM $B\nCOPY --from=a /a /a\n"

    assert [finding.start.line for finding in JUDGE.findings(text)] == [2]


def test_what_the_build_is_given_counts() -> None:
    text = "ARG TAG\nFROM debian:$TAG\n"

    assert list(empty_base_argument.problems(build(text, arguments={"TAG": "12"}))) == []
