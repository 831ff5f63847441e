"""Folders of a repository that are projects of their own."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from boxwright.errors import ProjectError
from boxwright.project.detectors.metadata import Pyproject
from boxwright.project.detectors.modules import Constants, Modules
from boxwright.project.detectors.web import find_applications
from boxwright.project.detectors.workers import find_workers
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Member
from boxwright.project.tree import Tree
from boxwright.project.views import folder_of

_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile",
              "environment.yml", "environment.yaml", "pixi.toml")  # fmt: skip
_NESTS = frozenset({"services", "apps", "packages", "projects", "libs", "components", "functions"})
"""Folders whose folders are projects, with or without a manifest."""
_DEEPEST = 4
_MOST = 100
_NO_PROJECTS = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|samples?|tutorials?|benchmarks?|third_party|vendor"
    r"|external|node_modules|site-packages|templates?|fixtures|\.[^/]+|[^/]*\{\{[^/]*)(?:/|$)"
)
_STARTED = ("main.py", "app.py", "__main__.py", "server.py", "worker.py", "manage.py")


def find_members(tree: Tree, pyproject: Pyproject) -> list[Member]:
    """Return the projects below the one in *tree*, those with something to start marked."""
    paths = [path for path in tree.paths() if not _NO_PROJECTS.search(posixpath.dirname(path))]
    with_python = {posixpath.dirname(path) for path in paths if path.endswith((".py", ".ipynb"))}
    workspace = dict(_workspace(paths, pyproject))
    found: dict[str, Evidence] = dict(workspace)
    for path in paths:
        folder, name = posixpath.split(path)
        depth = folder.count("/") + 1
        if not folder or name not in _MANIFESTS or depth > _DEEPEST or folder in found:
            continue
        if any(each == folder or each.startswith(f"{folder}/") for each in with_python):
            found[folder] = Evidence(path)
    for folder, path in _unmarked(paths, found):
        found[folder] = Evidence(path)
    inner = _without_inner(found)
    return [
        Member(
            path=folder,
            evidence=found[folder],
            is_workspace=folder in workspace,
            is_service=_is_service(tree, folder),
        )
        for folder in inner[:_MOST]
    ]


def _workspace(paths: Sequence[str], pyproject: Pyproject) -> Iterator[tuple[str, Evidence]]:
    """Yield the members of a workspace of uv, PDM or Rye."""
    folders = {posixpath.dirname(path) for path in paths if path.endswith("/pyproject.toml")}
    for tool in ("uv", "pdm", "rye"):
        try:
            table = pyproject.table("tool", tool, "workspace")
        except ProjectError:
            continue
        key = "members" if "members" in table else "packages"
        evidence = pyproject.evidence("tool", tool, "workspace", key)
        for folder in sorted(folders):
            if is_member(folder, table):
                yield folder, evidence


def is_member(folder: str, table: Mapping[str, object]) -> bool:
    """
    Tell whether the *table* of a workspace has *folder* among its members.

    >>> is_member("services/api", {"members": ["services/*"], "exclude": ["services/old"]})
    True
    """
    globs = _texts(table, "members") or _texts(table, "packages")
    return any(_matches(folder, glob) for glob in globs) and not any(
        _matches(folder, glob) for glob in _texts(table, "exclude")
    )


def _texts(table: Mapping[str, object], key: str) -> list[str]:
    values = table.get(key)
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def _matches(folder: str, glob: str) -> bool:
    clean = glob.removeprefix("./").rstrip("/")
    if "**" in clean:
        return fnmatch.fnmatchcase(folder, clean)
    return folder.count("/") == clean.count("/") and fnmatch.fnmatchcase(folder, clean)


def _unmarked(paths: Sequence[str], found: Mapping[str, Evidence]) -> Iterator[tuple[str, str]]:
    """Yield `services/api` and the like without a manifest, if a file in them is to be started."""
    for path in paths:
        parts = path.split("/")
        if len(parts) < 3 or parts[0] not in _NESTS or parts[-1] not in _STARTED:
            continue
        folder = "/".join(parts[:2])
        if folder not in found and len(parts) <= 5:
            yield folder, path


def _without_inner(found: Mapping[str, Evidence]) -> list[str]:
    """Return the folders in order, without requirements of a part of what is a project already."""
    result = []
    for folder in sorted(found):
        above = [
            other
            for other in found
            if folder.startswith(f"{other}/")
            and not found[folder].path.endswith(("pyproject.toml", "setup.py"))
            and posixpath.basename(found[other].path) in _MANIFESTS
        ]
        if not above:
            result.append(folder)
    return result


def _is_service(tree: Tree, folder: str) -> bool:
    """Tell whether something in *folder* is to be started."""
    inside = folder_of(tree, folder)
    paths = [path for path in inside.paths() if not _NO_PROJECTS.search(posixpath.dirname(path))]
    paths = [path for path in paths if not posixpath.basename(path).startswith("test_")]
    if any(
        posixpath.basename(path) in _STARTED and path.removeprefix("src/").count("/") <= 1
        for path in paths
    ):
        return True
    modules = Modules(inside, paths)
    constants = Constants(modules)
    return bool(find_applications(modules, constants) or find_workers(modules, constants))
