"""Where the project is in the build context, and where its parts are in the stages."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from boxwright.errors import PlanError
from boxwright.plan.model import Plan
from boxwright.render.model import Surroundings

SOURCES = "/src"
"""The context's root in the build stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The project's folder in the context."""

    folder: str
    """Empty where the context is the project."""

    @property
    def working_dir(self) -> str:
        """The project's folder in the build stages."""
        return posixpath.join(SOURCES, self.folder).rstrip("/")

    def context(self, path: str) -> str:
        """
        Return where *path*, relative to the project, is in the context.

        >>> Place(folder="services/api").context("../../uv.lock")
        'uv.lock'
        """
        joined = posixpath.normpath(posixpath.join(self.folder, path))
        if joined == ".." or joined.startswith(("../", "/")):
            raise PlanError(
                f"`{path}` is outside of the folder that the image is built from",
                hint="run `boxwright init` in the folder above that holds both, and name the"
                " project's folder",
            )
        return joined

    def target(self, path: str) -> str:
        """Return where *path*, relative to the context, is mounted: relative if that is short."""
        if not self.folder:
            return path
        inside = f"{self.folder}/"
        return path.removeprefix(inside) if path.startswith(inside) else f"{SOURCES}/{path}"


def place_of(plan: Plan, around: Surroundings) -> Place:
    """Return the place of the project of *plan*; raises PlanError where its lock is above it."""
    place = Place(folder=around.folder.strip("/"))
    if plan.dependencies.workspace:
        place.context(plan.dependencies.workspace)
    return place
