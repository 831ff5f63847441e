"""Plan → all files of a project, in the order in which somebody would read them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.plan.model import Plan
from boxwright.render.compose import render_compose, render_compose_override
from boxwright.render.dockerfile import render_dockerfile
from boxwright.render.dockerignore import render_dockerignore
from boxwright.render.header import header
from boxwright.render.kubernetes import render_kubernetes
from boxwright.render.model import GeneratedFile, Part, Surroundings
from boxwright.render.monitoring import render_monitoring
from boxwright.render.workflow import render_workflow

LOCK = "requirements.lock"
"""Where exact requirements with hashes are kept for the Dockerfile, if no lock of the project is."""
OUR_PATTERNS = (
    ".boxwright",
    ".dockerignore",
    ".github",
    ".gitlab-ci.yml",
    "Dockerfile*",
    "boxwright.lock",
    "compose*.yaml",
    "kubernetes",
    "monitoring",
)
"""What is written here, as `.dockerignore` names it: no image needs it."""


def render(
    plan: Plan, around: Surroundings, *, requirements: str = ""
) -> tuple[GeneratedFile, ...]:
    """
    Return every file that the project gets.

    *requirements* is the text of `requirements.lock`; empty where the Dockerfile needs none.
    """
    image = render_image(Part(plan=plan), around, requirements=requirements)
    return (*image, *render_stack(plan, around))


def render_image(
    part: Part, around: Surroundings, *, requirements: str = ""
) -> Iterator[GeneratedFile]:
    """Yield what the image of *part* is built with; the folder of *around* is below its context."""
    plan = part.plan
    yield GeneratedFile(
        path=posixpath.join(part.folder, "Dockerfile"),
        text=render_dockerfile(plan, around),
        kind="dockerfile",
    )
    yield GeneratedFile(
        path=posixpath.join(part.folder, part.dockerignore),
        text=render_dockerignore(plan, around),
        kind="dockerignore",
    )
    if requirements:
        path = posixpath.join(part.folder, LOCK)
        yield GeneratedFile(path=path, text=header(around) + requirements, kind="lock")


def render_stack(plan: Plan, around: Surroundings) -> Iterator[GeneratedFile]:
    """Yield what all that runs together is run with."""
    yield GeneratedFile(path="compose.yaml", text=render_compose(plan, around), kind="compose")
    yield GeneratedFile(
        path="compose.override.yaml", text=render_compose_override(plan, around), kind="compose"
    )
    yield from render_monitoring(plan, around)
    yield from render_kubernetes(plan, around)
    yield from render_workflow(plan, around)
