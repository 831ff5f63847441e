"""Tests of the rule `package-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("package-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("dnf install -y a", "dnf install -y a && dnf clean all"),
        ("yum install -y a && b", "yum install -y a && yum clean all && b"),
        ("zypper -n install a", "zypper -n install a && zypper clean --all"),
        ("apk add --update a", "apk add --no-cache --update a"),
        (
            "microdnf update -y && microdnf install -y a && b",
            "microdnf update -y && microdnf install -y a && microdnf clean all && b",
        ),
        ("apk add a && apk add b", "apk add --no-cache a && apk add --no-cache b"),
        ("microdnf install a", "microdnf install a && microdnf clean all"),
    ],
)
def test_it_is_emptied(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM alpine\nRUN {before}\n") == f"FROM alpine\nRUN {after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "RUN apk add --no-cache a",
        "RUN apk update",
        "RUN dnf install -y a && dnf clean all",
        "RUN yum install -y a && rm -rf /var/cache/yum",
        "RUN --mount=type=cache,target=/var/cache/dnf dnf install -y a",
        "RUN dnf install -y a\nFROM alpine",
    ],
)
def test_what_does_not_stay_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM alpine\n{text}\n") == []
