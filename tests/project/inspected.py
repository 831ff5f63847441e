"""Projects written in a test, and what is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from boxwright.project.facts import Project
from boxwright.project.inspect import inspect
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings


def inspected(
    files: Mapping[str, str | bytes],
    *,
    whole: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Project:
    """Return what is found in *files*, some of which are said to have other *sizes*."""
    given = {
        path: content if isinstance(content, bytes) else dedent(content).encode()
        for path, content in files.items()
    }
    return inspect(MemoryTree(given, sizes=sizes), Settings(), whole=whole)
