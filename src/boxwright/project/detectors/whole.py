"""What stands around the image: companions, settings, training, data; found on request only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from boxwright.project.detectors import companions, downloads, gpu, training, variables
from boxwright.project.detectors.artifacts import find_artifacts
from boxwright.project.detectors.companions import find_companions
from boxwright.project.detectors.downloads import find_downloads
from boxwright.project.detectors.gpu import Scopes, find_gpu_uses
from boxwright.project.detectors.imported import find_undeclared
from boxwright.project.detectors.members import find_members
from boxwright.project.detectors.metadata import Pyproject
from boxwright.project.detectors.modules import Constants, Modules
from boxwright.project.detectors.notebooks import find_notebooks
from boxwright.project.detectors.training import find_trainings
from boxwright.project.detectors.variables import find_reads, find_variables, with_examples
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Project, Remark
from boxwright.project.tree import Tree

INTERESTING = re.compile(
    b"|".join(
        b"(?:" + pattern + b")"
        for pattern in (
            companions.PATTERN,
            downloads.PATTERN,
            gpu.PATTERN,
            training.PATTERN,
            variables.PATTERN,
        )
    ),
    re.MULTILINE,
)
"""What a Python file has that says anything of what stands around the image."""
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|samples?|tutorials?|bench(?:marks?)?|notebooks)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile)\.py$"
)
"""Files that say nothing of the project's own programs, unless there are no others."""


def with_surroundings(
    project: Project,
    tree: Tree,
    modules: Modules,
    constants: Constants,
    pyproject: Pyproject,
) -> tuple[Project, list[Remark]]:
    """Return *project* with all that is found around it, and what is remarkable there."""
    seen = modules.seen()
    started = _started(project)
    own = [module for module in seen if module.path in started or not _ASIDE.search(module.path)]
    reads = find_reads(own, constants)
    found, remarks = find_companions(project, tree, own, constants, reads)
    trainings = [
        each
        for each in find_trainings(project, tree, modules, constants, pyproject)
        if not _ASIDE.search(each.path)
    ]
    notebooks, more = find_notebooks(tree)
    remarks += more
    data = [
        path for each in project.left_out if each.reason.startswith("data") for path in each.paths
    ]
    remarks += _other_languages(tree)
    artifacts, more = find_artifacts(tree, project.models, project.files, data)
    remarks += more
    scopes = Scopes(project, modules, trainings)
    scoped = ((module, scopes.of_file(module.path)) for module in own)
    fetched, more = find_downloads(
        tree, [(module, scope) for module, scope in scoped if scope is not None], constants
    )
    remarks += more
    remarks += find_undeclared(tree, project.dependencies, sorted(started) or _programs(project))
    return (
        replace(
            project,
            companions=tuple(found),
            variables=with_examples(tree, find_variables(reads, constants)),
            trainings=tuple(trainings),
            notebooks=tuple(notebooks),
            gpu_uses=tuple(find_gpu_uses(project, tree, modules, constants, trainings)),
            artifacts=tuple(artifacts),
            downloads=tuple(fetched),
            members=tuple(find_members(tree, pyproject)),
        ),
        remarks,
    )


def _programs(project: Project) -> list[str]:
    """Return the likeliest program, where nothing else is started."""
    return [program.path for program in project.programs[:1]]


def _other_languages(tree: Tree) -> Iterator[Remark]:
    """Yield what is written in a language that no image of Python runs."""
    for title, suffixes in (("R", (".R", ".r", ".Rmd")), ("Julia", (".jl",))):
        paths = [
            path for path in tree.paths() if path.endswith(suffixes) and not _ASIDE.search(path)
        ]
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            verb = "are" if more else "is"
            yield Remark(
                text=f"`{paths[0]}`{more} {verb} written in {title}, which the image does not run",
                hint="run it in an image of its own, or call it where it is",
                evidence=tuple(Evidence(path) for path in paths[:3]),
            )


def _started(project: Project) -> frozenset[str]:
    starts: Iterable[str] = (
        *(application.path for application in project.applications),
        *(worker.path for worker in project.workers),
    )
    return frozenset(starts)
