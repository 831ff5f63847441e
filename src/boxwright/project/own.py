"""What of a folder belongs to the project at its top, where others are below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Member, Project


class _Placed(Protocol):
    @property
    def path(self) -> str: ...


class _Evident(Protocol):
    @property
    def evidence(self) -> Evidence: ...


_P = TypeVar("_P", bound=_Placed)
_E = TypeVar("_E", bound=_Evident)


def services_below(project: Project) -> tuple[Member, ...]:
    """Return the members that are to be started for themselves, with dependencies of their own."""
    return tuple(
        member
        for member in project.members
        if member.is_service and (member.is_workspace or not member.evidence.path.endswith(".py"))
    )


def without_services_below(project: Project) -> Project:
    """
    Return *project* without what is of the services below it.

    Where nothing is to be started elsewhere, they are what the project is.
    """
    folders = tuple(f"{member.path}/" for member in services_below(project))
    starts = (
        *(each.path for each in project.applications),
        *(each.path for each in project.workers),
        *(each.path for each in project.programs),
        *(each.path for each in project.trainings),
    )
    is_package = project.package is not None and bool(project.scripts)
    if not folders or not (is_package or any(not path.startswith(folders) for path in starts)):
        return project

    def placed(items: Iterable[_P]) -> tuple[_P, ...]:
        return tuple(item for item in items if not item.path.startswith(folders))

    def evident(items: Iterable[_E]) -> tuple[_E, ...]:
        return tuple(item for item in items if not item.evidence.path.startswith(folders))

    def own(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path for path in paths if not path.startswith(folders))

    return replace(
        project,
        applications=placed(project.applications),
        workers=placed(project.workers),
        programs=placed(project.programs),
        trainings=placed(project.trainings),
        notebooks=placed(project.notebooks),
        artifacts=placed(project.artifacts),
        ports=placed(project.ports),
        variables=evident(project.variables),
        gpu_uses=evident(project.gpu_uses),
        downloads=evident(project.downloads),
        companions=tuple(
            each
            for each in project.companions
            if not all(evidence.path.startswith(folders) for evidence in each.evidence)
        ),
        local_hosts=evident(project.local_hosts),
        files=own(project.files),
        models=own(project.models),
        sources=own(project.sources),
    )
