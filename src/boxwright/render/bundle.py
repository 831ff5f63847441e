"""Plan → all files of a project, in the order in which somebody would read them."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.plan.model import Plan
from boxwright.render.compose import render_compose, render_compose_override
from boxwright.render.dockerfile import render_dockerfile
from boxwright.render.dockerignore import render_dockerignore
from boxwright.render.header import header
from boxwright.render.kubernetes import render_kubernetes
from boxwright.render.model import GeneratedFile, Surroundings
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
    return tuple(_files(plan, around, requirements))


def _files(plan: Plan, around: Surroundings, requirements: str) -> Iterator[GeneratedFile]:
    yield GeneratedFile(path="Dockerfile", text=render_dockerfile(plan, around), kind="dockerfile")
    yield GeneratedFile(
        path=".dockerignore", text=render_dockerignore(plan, around), kind="dockerignore"
    )
    if requirements:
        yield GeneratedFile(path=LOCK, text=header(around) + requirements, kind="lock")
    yield GeneratedFile(path="compose.yaml", text=render_compose(plan, around), kind="compose")
    yield GeneratedFile(
        path="compose.override.yaml", text=render_compose_override(plan, around), kind="compose"
    )
    yield from render_monitoring(plan, around)
    yield from render_kubernetes(plan, around)
    yield from render_workflow(plan, around)
