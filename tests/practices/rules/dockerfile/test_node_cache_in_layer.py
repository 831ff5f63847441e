"""Tests of the rule `node-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("node-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("yarn install", "yarn install && yarn cache clean"),
        ("npm ci", "npm ci && npm cache clean --force"),
    ],
)
def test_it_is_emptied(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM node\nRUN {before}\n") == f"FROM node\nRUN {after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "RUN yarn install && yarn cache clean",
        "RUN --mount=type=cache,target=/root/.npm npm ci",
        "RUN npm ci\nFROM node",
        "RUN npm run build",
    ],
)
def test_what_does_not_stay_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM node\n{text}\n") == []
