"""Tests of the rule `unused-stage`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unused-stage")


def test_what_nothing_needs_is_found_with_what_it_needs() -> None:
    text = "FROM a AS deps\nFROM deps AS builder\nRUN x\nFROM b\nRUN y\nFROM c\nCMD d\n"

    assert JUDGE.messages(text) == [
        "no other stage needs the stage `deps`",
        "no other stage needs the stage `builder`",
        "no other stage needs the stage number 2",
    ]
    assert JUDGE.places(text) == ["deps", "builder", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS deps\nFROM b\nCOPY --from=deps /x /x",
        "FROM a AS deps\nFROM b\nRUN --mount=from=0,target=/m true",
        "FROM a AS deps\nFROM deps",
        "FROM a AS base\nFROM base AS unit-tests\nRUN x\nFROM b",
        "FROM a AS web\nCMD x\nFROM b AS crawler\nCMD y",
        "FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-${TARGETARCH}",
        "ARG DB=no\nFROM a AS db_no\nFROM b AS db_yes\nFROM db_$DB",
        "ARG FROM=own\nFROM a AS own\nFROM b AS given\nFROM $FROM",
        "ARG FROM=debian\nFROM a AS own\nRUN x\nFROM $FROM",
        "FROM a",
        "RUN x",
    ],
)
def test_what_is_needed_or_a_target_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
