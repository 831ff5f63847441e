from __future__ import annotations

import pytest
from tests.practices.rules.trial import fixed, messages

NAME = "named-user"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FROM a\nUSER app\n", ["app"]),
        ("USER app:app\n", ["app"]),
        ('FROM a\nUSER "app"\n', ["app"]),
        ("FROM a\nENV U=app\nUSER $U\n", ["app"]),
        ("FROM a AS b\nUSER app\nFROM b\nRUN x\n", ["app"]),
        ("FROM a AS b\nUSER app\nFROM c\nUSER 10\n", []),
        ("FROM a\nUSER app\nUSER 10:app\n", []),
        ("FROM a\nUSER root\n", []),
        ("FROM a\nUSER $UID\n", []),
        ("FROM a\nUSER ${APP_UID}:0\n", []),
    ],
)
def test_names_of_users(text: str, names: list[str]) -> None:
    assert messages(NAME, text) == [
        f"the user `{name}` is a name, which `runAsNonRoot` cannot verify" for name in names
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM a\nRUN groupadd -g 20 g && useradd -u 10 -g g app\nUSER app:g\n",
            "FROM a\nRUN groupadd -g 20 g && useradd -u 10 -g g app\nUSER 10:20\n",
        ),
        ("FROM node:22\r\nUSER node\r\n", "FROM node:22\r\nUSER 1000\r\n"),
        ("FROM debian:12\nUSER www-data\n", "FROM debian:12\nUSER 33\n"),
        ("FROM a\nRUN useradd app\nUSER app\n", "FROM a\nRUN useradd app\nUSER app\n"),
        ("FROM a\nENV U=nobody\nUSER $U\n", "FROM a\nENV U=nobody\nUSER $U\n"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
