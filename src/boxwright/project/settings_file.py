"""The settings of a project in a folder."""

from __future__ import annotations

from pathlib import Path

from boxwright.project.document import parse_toml
from boxwright.project.tree import FolderTree, Tree
from boxwright.settings import Settings, parse_settings


def read_settings(folder: Path) -> Settings:
    """Return the settings in `pyproject.toml` or `boxwright.toml` of *folder*."""
    return settings_in(FolderTree(folder), folder=folder)


def settings_in(tree: Tree, folder: Path | None = None) -> Settings:
    """
    Return the settings in `pyproject.toml` or `boxwright.toml` of *tree*.

    With *folder* the two files are looked for there, so that nothing else is listed.
    """
    found = {}
    for name in ("pyproject.toml", "boxwright.toml"):
        is_there = (folder / name).exists() if folder is not None else name in tree.paths()
        found[name] = parse_toml(tree, name) if is_there else None
    return parse_settings(found["pyproject.toml"], found["boxwright.toml"])
