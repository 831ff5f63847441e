from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed, messages

NAME = "root-user"
ROOT = ["containers run as root: the last `USER` is `root`"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nUSER root\n", ROOT),
        ("FROM a\nUSER 0:0\n", ["containers run as root: the last `USER` is `0`"]),
        ("USER root\n", ROOT),
        ('FROM a\nUSER "root"\n', ROOT),
        ("FROM a\nENV U=root\nUSER $U\n", ROOT),
        ("FROM a\nUSER app\nUSER root\n", ROOT),
        ("FROM a AS b\nUSER root\nFROM b\nRUN x\n", ROOT),
        ("FROM a AS b\nUSER root\nFROM c\nUSER app\n", []),
        ("FROM a\nUSER root\nUSER app\n", []),
        ("FROM a\nUSER $U\n", []),
        ("FROM a\nRUN x\n", []),
        ("ONBUILD USER root\n", []),
        ("", []),
        ('FROM a\nUSER root\nENTRYPOINT ["gosu", "app", "serve"]\n', []),
    ],
)
def test_the_user_that_containers_run_as(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_strict_looks_at_every_stage() -> None:
    text = "FROM a AS b\nUSER root\nFROM c\nUSER 0\nFROM b\nUSER app\n"

    assert Trial(NAME, text, options={"strict": True}).messages == [
        "the last user of this stage is `root`",
        "the last user of this stage is `0`",
    ]


def test_an_entrypoint_of_the_context_that_steps_down_is_seen() -> None:
    text = 'FROM debian:12\nUSER root\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n'
    script = '#!/bin/sh\nexec gosu app "$@"\n'

    assert messages(NAME, text, {"start.sh": script}) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM python:3.12-slim\nRUN useradd -u 1000 app\nUSER root\nRUN make\nCMD x\n",
            (
                "FROM python:3.12-slim\nRUN useradd -u 1000 app\nUSER root\nRUN make\n"
                "USER 1000\nCMD x\n"
            ),
        ),
        (
            "FROM quay.io/jupyter/base-notebook:2024-10-07\r\nUSER root\r\nRUN make",
            "FROM quay.io/jupyter/base-notebook:2024-10-07\r\nUSER root\r\nRUN make\r\nUSER 1000",
        ),
        (
            "FROM alpine:3.20\nWORKDIR /app\nUSER root\nCMD x\n",
            (
                "FROM alpine:3.20\nWORKDIR /app\nRUN addgroup -S -g 65532 app \\\n"
                "    && adduser -S -u 65532 -G app app \\\n    && chown 65532:65532 /app\n"
                "USER 65532:65532\nCMD x\n"
            ),
        ),
        ("FROM unknown/image:1\nUSER root\n", "FROM unknown/image:1\nUSER root\n"),
        ("FROM debian:12\nARG U=0\nUSER $U\n", "FROM debian:12\nARG U=0\nUSER $U\n"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
