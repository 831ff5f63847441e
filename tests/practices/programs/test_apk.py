"""What commands are to apk."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.apk import apk_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "apk add --no-cache --virtual .build gcc=12 'musl~1.2' x@edge $P",
            {
                "action": "install",
                "packages": [
                    {"name": "gcc", "version": "12"},
                    {"name": "musl", "version": "~1.2"},
                    {"name": "x", "version": "edge"},
                ],
                "unknown": ["$P"],
                "no_cache": True,
                "updates": True,
                "virtual": ".build",
            },
        ),
        (
            "apk -U add -t v curl",
            {
                "action": "install",
                "packages": [{"name": "curl"}],
                "updates": True,
                "virtual": "v",
            },
        ),
        ("apk update", {"action": "update", "updates": True}),
        ("apk upgrade --no-cache", {"action": "upgrade", "no_cache": True, "updates": True}),
        ("apk del .build", {"action": "remove", "packages": [{"name": ".build"}]}),
        ("apk cache clean", {"action": "clean"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(apk_command(command(script))) == expected


def test_other_commands_are_none() -> None:
    assert (apk_command(command("apk")), apk_command(command("pip add"))) == (None, None)
