"""Actions and images that workflows use, by commit and exact tag."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any


@functools.cache
def _tools() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("tools.toml").read_text("utf-8"))


def action(key: str) -> tuple[str, str]:
    """
    Return what `uses` says, and the version that it is.

    >>> action("checkout")
    ('actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8', 'v5.0.0')
    """
    row = _tools()["actions"][key]
    return f"{row['name']}@{row['commit']}", row["version"]


def image(key: str) -> str:
    """Return the exact tag of an image of that key."""
    tag = _tools()["images"][key]
    assert isinstance(tag, str)  # noqa: S101 (our own table)
    return tag
