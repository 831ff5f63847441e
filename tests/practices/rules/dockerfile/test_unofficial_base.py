"""Tests of the rule `unofficial-base`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("unofficial-base")
LISTED = Judge(
    "unofficial-base",
    settings='registries = ["ghcr.io/our", "*.example.org", "docker.io/library"]',
)


def test_an_unknown_account_is_told_as_info() -> None:
    found = JUDGE.findings("FROM john/ml:1 AS a\nFROM a\n")

    assert [(each.severity, each.message) for each in found] == [
        (
            Severity.INFO,
            "`john/ml` is published by the account `john` of Docker Hub, which is not known here",
        )
    ]


@pytest.mark.parametrize(
    "image",
    [
        "python:3.12",
        "pytorch/pytorch:2.9.1",
        "bitnami/redis:8",
        "quay.io/john/a:1",
        "scratch",
        "$B",
    ],
)
def test_without_a_list_others_are_fine(image: str) -> None:
    assert JUDGE.messages(f"ARG B\nFROM {image}\n") == []


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("ghcr.io/our/a:1", False),
        ("ghcr.io/ours/a:1", True),
        ("ghcr.io/other/a:1", True),
        ("sub.example.org/a", False),
        ("example.org/a", True),
        ("debian:12", False),
        ("docker.io/library/debian:12", False),
        ("owner/image:1", True),
        ("scratch", False),
        ("$B", False),
    ],
)
def test_with_a_list_only_those_are_fine(image: str, *, found: bool) -> None:
    assert bool(LISTED.messages(f"ARG B\nFROM {image} AS a\nFROM a\n")) is found
    assert LISTED.messages("FROM quay.io/a/b:1") == [
        "`quay.io/a/b` comes from `quay.io`, which is not among the registries that are allowed"
    ]
