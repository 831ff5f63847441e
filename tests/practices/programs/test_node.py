"""What commands are to npm, yarn, pnpm and bun."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.node import node_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "npm ci --omit=dev",
            {"program": "npm", "action": "ci", "frozen": True, "production": True},
        ),
        (
            "npm i -g yarn@1.22 @types/node@20 serve ./x user/repo $P",
            {
                "program": "npm",
                "action": "install",
                "packages": [
                    {"name": "yarn", "version": "1.22"},
                    {"name": "@types/node", "version": "20"},
                    {"name": "serve"},
                    {"name": "./x", "is_place": True},
                    {"name": "user/repo", "is_place": True},
                ],
                "unknown": ["$P"],
                "global_": True,
            },
        ),
        ("npm cache clean --force", {"program": "npm", "action": "cache clean"}),
        ("yarn --frozen-lockfile", {"program": "yarn", "action": "install", "frozen": True}),
        (
            "yarn global add serve",
            {
                "program": "yarn",
                "action": "install",
                "packages": [{"name": "serve"}],
                "global_": True,
            },
        ),
        ("pnpm store prune", {"program": "pnpm", "action": "cache clean"}),
        (
            "pnpm i --prod --frozen-lockfile",
            {"program": "pnpm", "action": "install", "frozen": True, "production": True},
        ),
        ("bun run build", {"program": "bun", "action": "run"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(node_command(command(script))) == expected


def test_other_commands_are_none() -> None:
    assert (node_command(command("npm")), node_command(command("node x"))) == (None, None)
