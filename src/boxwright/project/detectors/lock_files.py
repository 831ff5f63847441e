"""Which lock files of other tools are read, and whether they still fit what they lock."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
from boxwright.project.document import parse_toml, read_text
from boxwright.project.tree import Tree
from boxwright.syntax.toml_lines import line_of_text

if TYPE_CHECKING:
    from boxwright.project.detectors.locked import Locked

TOOLS = {"poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}
"""The files whose versions and digests are taken as they are, with what writes them."""


def read_locked(tree: Tree, path: str, pyproject: Mapping[str, Any]) -> Locked:
    """Return what the lock file *path* says, its name being one of `TOOLS`."""
    from boxwright.project.detectors import pdm, pipenv, poetry

    text = read_text(tree, path)
    name = posixpath.basename(path)
    if line := line_of_text(text, "<<<<<<<"):
        raise ProjectError(
            f"{path}:{line}: the lock has the marks of an unfinished merge",
            hint=f"settle the merge and run `{TOOLS[name]} lock`",
        )
    if name == "Pipfile.lock":
        return pipenv.read_lock(path, text)
    document = parse_toml(tree, path)
    if name == "pdm.lock":
        return pdm.read_lock(path, text, document, pyproject)
    return poetry.read_lock(path, text, document)


def is_stale(locked: Locked, document: Mapping[str, Any]) -> bool:
    """Tell whether *document*, a pyproject.toml or a Pipfile, was changed after it was locked."""
    from boxwright.project.detectors import pdm, pipenv, poetry

    name = posixpath.basename(locked.path)
    if not locked.content_hash:
        return False
    if name == "Pipfile.lock":
        return locked.content_hash != pipenv.content_hash(document)
    known = poetry.content_hashes if name == "poetry.lock" else pdm.content_hashes
    return locked.content_hash not in known(document)
