"""What is true of a project of the suite, as its `.toml` says; and what a plan says of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boxwright.plan.model import SITE, Plan
from boxwright.project.facts import Project

WHOLE: Mapping[str, object] = {
    "dependencies": "none",
    "accelerator": "cpu",
    "start": "",
    "port": 0,
    "health": "none",
    "workloads": [],
    "companions": [],
    "secrets": [],
    "volumes": [],
    "gpu": [],
    "models": [],
    "system-packages": [],
    "members": [],
}
"""Keys that are compared as they are, with what holds where a text does not name them."""
PARTS = ("packages", "in-image", "variables", "notices")
"""Keys whose items have to be among what the plan has; of notices a part each."""
NOT_PARTS = {"not-packages": "packages", "not-in-image": "in-image", "not-notices": "notices"}
"""Keys whose items may not be among it."""
OTHERS = ("python", "requirements", "env", "metrics")
"""Keys that are compared where they are named."""
ERROR = ("error", "hint")
"""Parts of the message and of the hint, for what cannot be planned."""

PLACE = ("project", "folder")
"""Which folder of which project it is about, where that is not the whole one of its own name."""


def read_expectation(path: Path) -> dict[str, Any]:
    """Return what *path* says, with only keys that are known."""
    wanted = tomllib.loads(path.read_text("utf-8"))
    known = {*WHOLE, *PARTS, *NOT_PARTS, *OTHERS, *ERROR, *PLACE}
    unknown = sorted(set(wanted) - known)
    assert unknown == [], f"{path.name}: unknown keys"
    return wanted


def seen_in(plan: Plan, project: Project) -> dict[str, Any]:
    """Return what *plan*, made of *project*, says, by the keys of an expectation."""
    process = plan.process
    source = plan.dependencies
    named = source.source if source.path == source.source else f"{source.source} {source.path}"
    return {
        "dependencies": named.strip(),
        "accelerator": plan.accelerator,
        "start": " ".join(word.removeprefix(f"{SITE}/bin/") for word in process.entrypoint),
        "port": process.port or 0,
        "health": (process.health.path or "port") if process.health else "none",
        "workloads": [
            " ".join((each.name, each.kind, *([each.target] if each.target != "runtime" else [])))
            for each in plan.workloads
        ],
        "companions": sorted(each.kind for each in plan.companions),
        # Those that are put together of others are no credentials of their own.
        "secrets": sorted(each.name for each in plan.secrets if not each.template),
        "volumes": [
            " ".join(word for word in (each.name, each.kind, each.source) if word)
            for each in plan.volumes
            if each.kind != "state"
        ],
        "gpu": [each.name for each in plan.workloads if each.resources.gpus],
        "models": list(plan.application.models),
        "system-packages": sorted(plan.system_packages),
        "members": [each.path for each in project.members],
        "python": plan.images.python_version if plan.images else "",
        "requirements": sorted(source.requirements),
        "env": dict(process.env),
        "metrics": sorted(f"{each.name} {each.metrics}" for each in plan.workloads if each.metrics),
        "packages": sorted(
            {item.name for item in project.dependencies.direct} | project.dependencies.locked
        ),
        "in-image": [*plan.application.files, *plan.application.models],
        "variables": [each.name for each in project.variables],
        "notices": [each.text for each in plan.notices],
    }


def compared(wanted: Mapping[str, Any], seen: Mapping[str, Any]) -> tuple[object, object]:
    """Return what was wanted, and that of what was seen that is to be equal to it."""
    left: dict[str, object] = {**WHOLE}
    right: dict[str, object] = {key: seen[key] for key in WHOLE}
    for key, value in wanted.items():
        if key in WHOLE or key in OTHERS:
            left[key] = sorted(value) if key in ("companions", "secrets", "requirements") else value
            right[key] = seen[key]
        if key == "env":
            right[key] = {name: seen[key].get(name) for name in value}
        if key in PARTS:
            left[key] = value
            right[key] = [item for item in value if _is_among(item, seen[key], key)]
        if key in NOT_PARTS:
            left[key] = []
            of = NOT_PARTS[key]
            right[key] = [item for item in value if _is_among(item, seen[of], of)]
    return left, right


def _is_among(item: str, found: list[str], key: str) -> bool:
    if key == "notices":
        return any(item in text for text in found)
    return item in found
