"""The workflow that checks, tests, builds, tries, scans, pushes and promotes the image."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.plan.model import Plan
from boxwright.render.model import GeneratedFile, Surroundings
from boxwright.render.workflow.github import PATH, render_github
from boxwright.render.workflow.gitlab import render_gitlab


def render_workflow(plan: Plan, around: Surroundings) -> Iterator[GeneratedFile]:
    """Yield the workflow for where the project is built; nothing where that is not known."""
    if around.ci == "github":
        yield GeneratedFile(path=PATH, text=render_github(plan, around), kind="ci")
    elif around.ci == "gitlab":
        yield GeneratedFile(path=".gitlab-ci.yml", text=render_gitlab(plan, around), kind="ci")
