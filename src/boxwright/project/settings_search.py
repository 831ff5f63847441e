"""The settings of any file: those in the nearest folder above it that has some."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from boxwright.errors import ProjectError, SettingsError

if TYPE_CHECKING:
    from boxwright.settings import Settings

_END_MARKS = (".git", ".hg", ".jj")
"""What the topmost folder of a project has."""


class FoundSettings(NamedTuple):
    """Settings, and the folder that paths in them are relative to."""

    settings: Settings | None
    root: Path | None
    """The topmost folder of the project; None where nothing tells which that is."""


class SettingsSearch:
    """Finds settings; each folder is looked at once."""

    def __init__(self) -> None:
        self._known: dict[Path, FoundSettings] = {}

    def of(self, folder: Path) -> FoundSettings:
        """
        Return the settings for the files in *folder*, an absolute path.

        The search ends at the topmost folder of a repository. Raises SettingsError or
        ProjectError where the settings are broken.
        """
        passed = []
        found = FoundSettings(None, None)
        for place in (folder, *folder.parents):
            known = self._known.get(place)
            if known is not None:
                found = known
                break
            passed.append(place)
            settings = _settings_in(place)
            if settings is not None:
                found = FoundSettings(settings, place)
                break
            if any((place / mark).exists() for mark in _END_MARKS):
                found = FoundSettings(None, place)
                break
        for place in passed:
            self._known[place] = found
        return found


def _settings_in(folder: Path) -> Settings | None:
    has_own = (folder / "boxwright.toml").is_file()
    if not has_own and not _mentions_boxwright(folder / "pyproject.toml"):
        return None
    import dataclasses

    from boxwright.project.settings_file import read_settings

    shown = os.path.relpath(folder)
    place = "" if shown == "." else f"{shown}/"
    try:
        settings = read_settings(folder)
    except (SettingsError, ProjectError) as error:
        # Their messages begin with the file's name, which does not tell in which folder.
        if error.message.startswith(("pyproject.toml", "boxwright.toml")):
            raise type(error)(f"{place}{error.message}", hint=error.hint) from error
        raise
    if not settings.source:
        return None
    return dataclasses.replace(settings, source=f"{place}{settings.source}")


def _mentions_boxwright(path: Path) -> bool:
    try:
        return b"boxwright" in path.read_bytes()
    except OSError:
        return False
