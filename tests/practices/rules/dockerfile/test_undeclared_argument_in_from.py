"""Tests of the rule `undeclared-argument-in-from`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("undeclared-argument-in-from")


def test_a_mistyped_name_is_mended() -> None:
    text = "ARG VERSION=12\r\nFROM --platform=${BUILDPLATFROM} debian:${VERSON}\r\n"

    assert JUDGE.messages(text) == [
        "`BUILDPLATFROM` is not declared above the first FROM; did you mean `BUILDPLATFORM`?",
        "`VERSON` is not declared above the first FROM; did you mean `VERSION`?",
    ]
    assert (
        JUDGE.fixed(text)
        == "ARG VERSION=12\r\nFROM --platform=${BUILDPLATFORM} debian:${VERSION}\r\n"
    )


def test_an_argument_of_a_stage_is_declared_for_all() -> None:
    text = "# One.\nFROM debian:12 AS a\nARG TAG='13'\nFROM debian:$TAG\n"

    assert JUDGE.messages(text) == [
        "`TAG` is declared inside of a stage, where FROM does not see it"
    ]
    assert JUDGE.fixed(text) == f"ARG TAG='13'\n{text}"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("FROM debian:$TAG\nARG TAG=12", Severity.ERROR),
        ("FROM $BASE", Severity.ERROR),
        ("FROM debian:${TAG:-12}", Severity.WARNING),
    ],
)
def test_what_is_not_declared_above_is_found(text: str, severity: Severity) -> None:
    assert [(each.severity, each.fix) for each in JUDGE.findings(text)] == [(severity, None)]


@pytest.mark.parametrize(
    "text",
    [
        "ARG TAG\nFROM debian:$TAG",
        "ARG A=1 B=2\nFROM debian:$B\nFROM debian:${A}",
        "FROM --platform=$BUILDPLATFORM debian:12-$TARGETARCH",
        "RUN echo $TAG",
        "FROM debian:12",
    ],
)
def test_what_is_declared_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
