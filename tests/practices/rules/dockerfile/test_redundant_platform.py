"""Tests of the rule `redundant-platform`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("redundant-platform")


@pytest.mark.parametrize("value", ["$TARGETPLATFORM", "${TARGETPLATFORM}", '"$TARGETPLATFORM"'])
def test_the_flag_is_removed(value: str) -> None:
    text = f"FROM a AS b\r\nFROM --platform={value} debian:12 AS c\r\n"

    assert JUDGE.fixed(text, unsafe=False) == "FROM a AS b\r\nFROM debian:12 AS c\r\n"


def test_a_default_of_ones_own_takes_the_fix_away() -> None:
    text = "ARG TARGETPLATFORM=linux/amd64\nFROM --platform=$TARGETPLATFORM debian:12\n"

    assert JUDGE.messages(text) == ["`--platform=$TARGETPLATFORM` is what FROM takes anyway"]
    assert JUDGE.fixed(text) == text


@pytest.mark.parametrize(
    "value", ["$BUILDPLATFORM", "linux/amd64", "${TARGETPLATFORM:-linux/amd64}", "$TARGETOS/arm64"]
)
def test_other_platforms_are_fine(value: str) -> None:
    assert JUDGE.messages(f"FROM --platform={value} debian:12") == []
