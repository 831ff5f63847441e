"""Plan → Kubernetes: a Kustomize base, overlays for development and production, components."""

from __future__ import annotations

from boxwright.plan.model import Plan
from boxwright.render.kubernetes.base import base_files
from boxwright.render.kubernetes.components import component_files
from boxwright.render.kubernetes.overlays import DEV_SECRETS, overlay_files
from boxwright.render.kubernetes.stack import Stack
from boxwright.render.kubernetes.text import FOLDER
from boxwright.render.model import GeneratedFile, Surroundings


def render_kubernetes(plan: Plan, around: Surroundings) -> tuple[GeneratedFile, ...]:
    """Return the files below `kubernetes/`; none where nothing runs."""
    stack = Stack(plan=plan, around=around)
    if not plan.workloads:
        return ()
    return (*base_files(stack), *overlay_files(stack), *component_files(stack))


SECRETS_FILE = f"{FOLDER}/overlays/dev/{DEV_SECRETS}"
"""What the overlay for development makes its Secret of, a line `name=value` each; not rendered."""


def secret_keys(plan: Plan) -> tuple[str, ...]:
    """Return the names that `SECRETS_FILE` has to have."""
    return Stack(plan=plan, around=Surroundings()).keys(plan.workloads)
