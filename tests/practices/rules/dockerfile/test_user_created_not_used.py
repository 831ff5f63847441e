from __future__ import annotations

import pytest
from tests.practices.rules.trial import fixed, messages

NAME = "user-created-not-used"
MADE = ["the user `app` is made, but containers run as root: no `USER` is set"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM debian:12\nRUN useradd app\n", MADE),
        ("FROM debian:12\nRUN useradd app\nUSER app\nRUN x\nUSER root\n", []),
        ("FROM alpine:3.20 AS b\nRUN adduser -D app\nFROM b\nRUN x\n", MADE),
        (
            "FROM unknown/x\nRUN useradd app\nCMD x\n",
            ["the user `app` is made, but `x` runs as root: no `USER` is set"],
        ),
        ("FROM unknown/x\nRUN useradd app\n", []),
        ("FROM debian:12\nRUN useradd app\nUSER app\n", []),
        ("FROM debian:12 AS b\nRUN useradd app\nFROM debian:12\n", []),
        ("FROM debian:12\nRUN useradd $NAME\n", []),
        ('FROM debian:12\nRUN useradd app\nENTRYPOINT ["gosu", "app", "x"]\n', []),
        ('FROM debian:12\nRUN useradd app\nCMD ["x", "--user=app"]\n', []),
        ("FROM debian:12\nRUN useradd app\nUSER $X\n", []),
    ],
)
def test_users_that_nothing_runs_as(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_an_entrypoint_that_becomes_the_user_is_read() -> None:
    text = 'FROM debian:12\nRUN useradd app\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n'

    assert messages(NAME, text, {"run.sh": "#!/bin/sh\nstart-it --as app\n"}) == []
    assert messages(NAME, text, {"run.sh": "#!/bin/sh\nstart-it\n"}) == [
        "the user `app` is made, but `run.sh` runs as root: no `USER` is set"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM debian:12\r\nRUN useradd -u 10 app\r\nCMD x\r\n",
            "FROM debian:12\r\nRUN useradd -u 10 app\r\nUSER 10\r\nCMD x\r\n",
        ),
        (
            "FROM debian:12\nRUN useradd app\n# starts\nCMD x\n",
            "FROM debian:12\nRUN useradd app\nUSER app\n# starts\nCMD x\n",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
