"""A directory → what it is: runs the detectors and settles what they disagree on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import ProjectError
from boxwright.project.detectors import metadata
from boxwright.project.detectors.application_files import (
    ApplicationFiles,
    find_application_files,
    read_dockerignore,
)
from boxwright.project.detectors.debian_files import find_debian_packages
from boxwright.project.detectors.dependencies import find_dependencies
from boxwright.project.detectors.metrics import with_exporters
from boxwright.project.detectors.modules import Constants, Modules
from boxwright.project.detectors.ports import find_local_hosts, find_ports
from boxwright.project.detectors.procfile import (
    find_commands,
    named_first,
    ports_of,
    workers_named_first,
)
from boxwright.project.detectors.programs import find_programs
from boxwright.project.detectors.scripts import find_model_folders
from boxwright.project.detectors.web import find_applications, likelihood
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Package, Project, Remark, Worker
from boxwright.project.tree import FolderTree, Tree
from boxwright.project.workspace import Workspace, in_workspace, with_lock
from boxwright.settings import Settings

if TYPE_CHECKING:
    import re

_MODEL_FILES = ("MLmodel", "model-settings.json")
"""What a folder has that a server of models takes as it is, without any code."""
_MOST_FILES = 300_000
"""Files and folders after which a project is not listed any further; the deepest are missed."""


def open_tree(folder: Path, settings: Settings, *, whole: bool = False) -> FolderTree:
    """
    Return the files in *folder*, folders that `.dockerignore` leaves out not even listed.

    With *whole* they are listed too: data and notebooks are known although no image has them,
    and a project looks the same before and after its `.dockerignore` is written.
    """
    if whole:
        return FolderTree(folder, keep=settings.include, most=_MOST_FILES)
    ignore = read_dockerignore(_OnlyDockerignore(folder))
    return FolderTree(folder, leaves_out=ignore.ignores_all_below, keep=settings.include)


class _OnlyDockerignore(FolderTree):
    """A folder of which one file is read before the rest is listed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, leaves_out=lambda _folder: True)

    def paths(self) -> tuple[str, ...]:
        """Return that file, if it is there."""
        return (".dockerignore",) if (self.root / ".dockerignore").is_file() else ()


def inspect(
    tree: Tree, settings: Settings, *, whole: bool = True, workspace: Workspace | None = None
) -> Project:
    """
    Return what *tree* is; raises ProjectError where it holds no Python project.

    What an image is built from is known without *whole*: what is started, and of what it is
    made. With it comes all that stands around the image, for which far more files are read.
    Where the project is a member of a *workspace*, that one's lock is the project's.
    """
    paths = tree.paths()
    pyproject = metadata.read_pyproject(tree)
    is_there = any(path.endswith((".py", ".ipynb", *_MODEL_FILES)) for path in paths)
    if not is_there and not pyproject.document:
        raise _no_project(tree)
    files = find_application_files(tree, settings, read_dockerignore(tree))
    package = metadata.find_package(tree, pyproject, settings.package)
    dependencies = find_dependencies(with_lock(tree, workspace), pyproject, settings, files.files)
    placed = in_workspace(dependencies.dependencies, tree, pyproject, settings, workspace)
    dependencies = replace(dependencies, dependencies=placed)
    declared = dependencies.dependencies
    debian = (*declared.debian, *find_debian_packages(tree))
    modules = Modules(tree, _sources(files, package, paths), wide=_wide() if whole else None)
    constants = Constants(modules)
    commands = find_commands(tree)
    groups = [(group, Constants(group)) for group in modules.groups()]
    found = sorted((each for group in groups for each in find_applications(*group)), key=likelihood)
    found = with_exporters(modules, constants, found)
    applications = named_first(
        [*found, *find_model_folders((*files.files, *files.models))], commands
    )
    workers = _workers(groups) if modules.names_a_queue else []
    shipped = _shipped(files.files, package, tree, mentions_pyproject=modules.mentions_pyproject)
    project = Project(
        name=metadata.find_name(pyproject, _folder_name(tree)),
        version=metadata.find_version(pyproject),
        description=metadata.find_description(pyproject),
        license=metadata.find_license(pyproject),
        urls=metadata.find_urls(pyproject),
        requires_python=metadata.find_requires_python(pyproject),
        preferred_python=metadata.find_preferred_python(tree),
        dependencies=replace(declared, debian=debian),
        extras=dependencies.extras,
        groups=dependencies.groups,
        package=package,
        scripts=metadata.find_scripts(pyproject),
        applications=tuple(applications),
        ports=(*find_ports(modules, constants, tree), *ports_of(commands)),
        local_hosts=tuple(find_local_hosts(modules.started)),
        programs=find_programs(modules, constants, files.files),
        names_sigterm=modules.names_sigterm,
        files=shipped,
        models=tuple(path for path in files.models if not _is_installed(path, package)),
        sources=tuple(path for path in files.files if _is_installed(path, package)),
        left_out=files.left_out,
        remarks=(),
        workers=tuple(workers_named_first(workers, commands)),
        commands=commands,
    )
    remarks = [*dependencies.remarks, *files.remarks]
    if whole:
        from boxwright.project.detectors.imported import find_undeclared
        from boxwright.project.detectors.whole import with_surroundings

        project, more = with_surroundings(project, tree, modules, constants, pyproject)
        remarks += more
        starts = [each.path for each in project.applications]
        starts += [each.path for each in project.programs]
        remarks += find_undeclared(tree, dependencies.dependencies, starts[:1])
    skipped = (_skipped(path, reason) for path, reason in _skips(tree))
    return replace(project, remarks=(*remarks, *modules.remarks, *skipped))


def _workers(groups: Sequence[tuple[Modules, Constants]]) -> list[Worker]:
    from boxwright.project.detectors.workers import find_workers

    return [each for group in groups for each in find_workers(*group)]


def _wide() -> re.Pattern[bytes]:
    from boxwright.project.detectors.whole import INTERESTING

    return INTERESTING


def _no_project(tree: Tree) -> ProjectError:
    root = getattr(tree, "root", None)
    where = f"`{root}`" if root is not None else "the folder"
    if not tree.paths():
        return ProjectError(f"{where} is empty", hint="name the folder that holds the project")
    nested = sorted({path.rpartition("/")[0] for path in tree.paths() if path.endswith(".py")})
    hint = f"did you mean `{nested[0]}`?" if nested else "name the folder that holds the project"
    return ProjectError(f"{where} has no `pyproject.toml` and no Python file", hint=hint)


def _folder_name(tree: Tree) -> str:
    root = getattr(tree, "root", None)
    return root.resolve().name if isinstance(root, Path) else ""


def _sources(
    files: ApplicationFiles, package: Package | None, paths: Sequence[str]
) -> tuple[str, ...]:
    """Return the files to look into: what goes in, and a package's sources in any case."""
    if package is None or package.layout != "src":
        return files.files
    return tuple(sorted({*files.files, *(path for path in paths if path.startswith("src/"))}))


def _shipped(
    files: Sequence[str], package: Package | None, tree: Tree, *, mentions_pyproject: bool
) -> tuple[str, ...]:
    """Return the application's files: not what the project's own wheel brings."""
    result = {path for path in files if not _is_installed(path, package)}
    if mentions_pyproject and package is None and metadata.PYPROJECT in tree.paths():
        result.add(metadata.PYPROJECT)
    return tuple(sorted(result))


def _is_installed(path: str, package: Package | None) -> bool:
    """Tell whether *path* comes into the image with the project's wheel."""
    return package is not None and package.layout == "src" and path.startswith("src/")


def _skips(tree: Tree) -> Iterator[tuple[str, str]]:
    for skipped in tree.skipped():
        yield skipped.path, skipped.reason


def _skipped(path: str, reason: str) -> Remark:
    return Remark(text=f"`{path}` is left out: {reason}", evidence=(Evidence(path),))
