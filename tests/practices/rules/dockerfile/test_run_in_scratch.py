"""Tests of the rule `run-in-scratch`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("run-in-scratch")


@pytest.mark.parametrize(
    "text",
    [
        "FROM scratch\nRUN true",
        "FROM scratch AS a\nCOPY x /x\nFROM a\nrun true",
        "FROM debian:12 AS b\nFROM scratch\nCOPY --from=b /server /usr/local/bin/\nRUN true",
        "FROM scratch\nRUN true\nADD rootfs.tar /",
        "FROM scratch\nRUN --mount=type=cache,target=/cache true",
    ],
)
def test_without_a_shell_it_is_found(text: str) -> None:
    assert JUDGE.messages(text) == ["there is no `/bin/sh` in an image from `scratch`"]


def test_the_shell_that_is_asked_for_is_named() -> None:
    text = 'FROM scratch\nCOPY busybox /x/\nSHELL ["/busybox/sh", "-c"]\nRUN true\n'

    assert JUDGE.messages(text) == ["there is no `/busybox/sh` in an image from `scratch`"]
    assert JUDGE.places(text) == ["RUN"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM scratch\nADD rootfs.tar.gz /\nRUN true",
        "FROM scratch AS a\nCOPY rootfs /\nFROM a\nRUN true",
        "FROM scratch\nCOPY --from=busybox:1 /bin /bin\nRUN true",
        "FROM scratch\nCOPY a $B\nRUN true",
        "FROM scratch\nRUN --mount=from=busybox:1,target=/bin,source=/bin true",
        'FROM scratch\nRUN ["/server"]',
        "FROM debian:12\nRUN true",
        "FROM scratch\nONBUILD RUN true",
        "RUN true",
    ],
)
def test_where_one_may_be_it_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
