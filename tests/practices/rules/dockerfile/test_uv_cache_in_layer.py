"""Tests of the rule `uv-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("uv-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uv sync --frozen", "uv sync --no-cache --frozen"),
        ("uv pip install -r a.txt && b", "uv pip install --no-cache -r a.txt && b"),
        ("uv tool install ruff", "uv tool install --no-cache ruff"),
    ],
)
def test_the_cache_is_turned_off(before: str, after: str) -> None:
    fixed = JUDGE.fixed(f"FROM python:3.12\nRUN {before}\n", unsafe=False)

    assert fixed == f"FROM python:3.12\nRUN {after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nENV UV_NO_CACHE=1\nRUN uv sync",
        "FROM a\nRUN uv sync && uv cache clean",
        "FROM a\nRUN --mount=type=cache,target=/root/.cache/uv uv sync",
        "FROM a\nRUN uv lock",
        "FROM a AS build\nRUN uv sync\nFROM a\nCOPY --from=build /app /app",
    ],
)
def test_what_leaves_nothing_is_not_found(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_message_says_where_it_is() -> None:
    text = "FROM a\nENV UV_CACHE_DIR=/opt/uv\nRUN uv sync\n"

    assert JUDGE.messages(text) == ["`uv sync` keeps its cache in this layer, in `/opt/uv`"]


def test_a_mount_in_another_place_is_named() -> None:
    text = "FROM a\nRUN --mount=type=cache,target=/tmp/uv-cache uv sync && uv pip install a\n"

    assert JUDGE.messages(text) == [
        (
            "`uv sync` keeps its cache in this layer, in `~/.cache/uv`, not in `/tmp/uv-cache`, which is"
            " mounted"
        )
    ]
    assert JUDGE.fixed(text).endswith("uv sync --no-cache && uv pip install --no-cache a\n")
