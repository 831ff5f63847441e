"""The lock of the project that an image is of, as far as advice needs it."""

from __future__ import annotations

import re
from pathlib import Path

from boxwright.errors import BoxwrightError
from boxwright.project.detectors.dependencies import find_dependencies
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.facts import Dependencies
from boxwright.project.tree import FolderTree
from boxwright.project.workspace import find_workspace, with_lock
from boxwright.scan.advice import ProjectLock
from boxwright.settings import Settings

_PIN = re.compile(r"===?\s*(?P<version>[^\s,*]+)")
_FOLDERS = ("requirements",)
"""Below the project, where files of requirements are kept."""


def project_lock(folder: Path, settings: Settings) -> ProjectLock | None:
    """
    Return what decides the versions of the project in *folder*; None where there is none.

    Only the folder itself is looked at, as it may be anybody's home: what lies deeper is
    found where the settings name it.
    """
    named = settings.dependencies or ""
    tree = FolderTree(
        folder,
        leaves_out=lambda path: path not in _FOLDERS and not named.startswith(f"{path}/"),
    )
    try:
        with_workspace = with_lock(tree, find_workspace(folder))
        found = find_dependencies(with_workspace, read_pyproject(tree), settings, ())
    except (BoxwrightError, OSError):
        return None
    return lock_of(found.dependencies)


def lock_of(found: Dependencies) -> ProjectLock | None:
    """Return the lock that *found* tells of; None where nothing decides versions."""
    if found.source in ("none", "imports"):
        return None
    direct = {dependency.name: dependency.specifier for dependency in found.direct}
    pinned = {}
    if found.source == "requirements":
        # A version that is written as the only one is one to replace, not a wish to keep to.
        matches = {name: _PIN.fullmatch(specifier) for name, specifier in direct.items()}
        pinned = {name: match["version"] for name, match in matches.items() if match}
    versions = dict.fromkeys(found.locked, "") | dict(found.versions)
    return ProjectLock(
        kind=found.source,
        path=found.path,
        locked=(versions or dict.fromkeys(direct, "")) | pinned,
        asked={
            name: specifier
            for name, specifier in direct.items()
            if specifier and name not in pinned
        },
    )
