"""What is rendered for Compose, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import yaml
from tests.render import plans

from boxwright.plan.model import Plan
from boxwright.practices.check import check_tree
from boxwright.practices.selection import Selection
from boxwright.project.tree import MemoryTree
from boxwright.render.compose import render_compose, render_compose_override
from boxwright.render.model import Surroundings

PLANS: list[Callable[[], Plan]] = [
    getattr(plans, name) for name in sorted(dir(plans)) if name.endswith("_plan")
]
"""All that there are."""

Data = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads `!reset` as None."""


_Loader.add_constructor("!reset", lambda _loader, _node: None)


def around(plan: Plan, **more: Any) -> Surroundings:  # noqa: ANN401 (of `Surroundings`)
    digests = {it.image: f"sha256:{'0' * 64}" for it in plan.companions}
    return Surroundings(version="1.0", digests=digests, **more)


def texts(plan: Plan) -> dict[str, str]:
    """Return both files by name."""
    return {
        "compose.yaml": render_compose(plan, around(plan)),
        "compose.override.yaml": render_compose_override(plan, around(plan)),
    }


def compose(plan: Plan) -> Data:
    """Return compose.yaml."""
    return read(render_compose(plan, around(plan)))


def override(plan: Plan) -> Data:
    """Return compose.override.yaml."""
    return read(render_compose_override(plan, around(plan)))


def read(text: str) -> Data:
    found: Data = yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe one)
    return found


def of_each(file: Data, key: str) -> Data:
    """Return what each service has at *key*; those without are left out."""
    return {name: it[key] for name, it in file["services"].items() if key in it}


def findings(files: Mapping[str, str], path: str, selection: Selection | None = None) -> list[str]:
    """Return what is found in the file *path*."""
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    checked = check_tree(tree, today=date(2026, 12, 1), selection=selection)[path]
    assert not checked.failures
    return [f"{it.start.line}: {it.rule}: {it.message}" for it in checked.findings]
