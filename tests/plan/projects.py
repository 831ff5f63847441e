"""Projects for the tests of plans: read from memory, with facts beside those that were found."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from boxwright.plan.make import make_plan
from boxwright.plan.model import CompanionPlan, Plan, Secret, Volume, Workload
from boxwright.project.evidence import Evidence
from boxwright.project.facts import (
    Artifact,
    Companion,
    Download,
    GpuUse,
    Notebook,
    Training,
    Variable,
    Worker,
)
from boxwright.project.inspect import inspect
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings, parse_settings

FASTAPI = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/health/ready")\ndef r(): ...\n'
API: Mapping[str, str] = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": FASTAPI}


def plan_of(files: Mapping[str, str], settings: str = "", **facts: Any) -> Plan:  # noqa: ANN401
    """Return the plan of *files*, with *facts* in place of those that were found."""
    pyproject = tomllib.loads(files.get("pyproject.toml", ""))
    given = parse_settings(pyproject, tomllib.loads(settings) if settings else None)
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    # What is not handed over is not there, whatever the detectors find.
    nothing: dict[str, Any] = dict.fromkeys(
        ("workers", "companions", "variables", "trainings", "notebooks", "gpu_uses", "artifacts",
         "downloads"), ()
    )  # fmt: skip
    return make_plan(replace(inspect(tree, given), **(nothing | facts)), given)


def settings_of(text: str) -> Settings:
    """Return the settings in *text*."""
    return parse_settings(None, tomllib.loads(text))


def workload(plan: Plan, name: str) -> Workload:
    """Return the workload of that name."""
    return next(it for it in plan.workloads if it.name == name)


def companion(plan: Plan, name: str) -> CompanionPlan:
    """Return the companion of that name."""
    return next(it for it in plan.companions if it.name == name)


def volume(plan: Plan, name: str) -> Volume:
    """Return the volume of that name."""
    return next(it for it in plan.volumes if it.name == name)


def secret(plan: Plan, name: str) -> Secret:
    """Return the secret of that name."""
    return next(it for it in plan.secrets if it.name == name)


def texts(plan: Plan) -> list[str]:
    """Return the texts of the notices."""
    return [notice.text for notice in plan.notices]


def decided(plan: Plan, what: str) -> list[tuple[str, str]]:
    """Return what was decided of *what*, and why."""
    return [(it.value, it.why) for it in plan.decisions if it.what == what]


def variable(name: str, default: str | None = None, **more: Any) -> Variable:  # noqa: ANN401
    """Return a variable that `settings.py` reads, or the file that *path* says."""
    path = more.pop("path", "settings.py")
    return Variable(name=name, evidence=Evidence(path, 1, name), default=default, **more)


def certain(kind: str, *variables: str, says: str = "", path: str = "settings.py") -> Companion:
    """Return a service that the code connects to."""
    evidence = (Evidence(path, 2, says),)
    return Companion(kind=kind, evidence=evidence, is_certain=True, variables=variables)


def celery(**more: Any) -> Worker:  # noqa: ANN401
    """Return a Celery worker in `tasks.py`."""
    values: dict[str, Any] = {
        "library": "celery",
        "path": "tasks.py",
        "module": "tasks",
        "root": "",
        "name": "app",
        "evidence": Evidence("tasks.py", 3),
    }
    return Worker(**(values | more))


def training(**more: Any) -> Training:  # noqa: ANN401
    """Return a training in `train.py`."""
    values: dict[str, Any] = {
        "path": "train.py",
        "module": "train",
        "root": "",
        "evidence": Evidence("train.py", 4),
        "library": "torch",
    }
    return Training(**(values | more))


def gpu_use(path: str = "main.py", *, required: bool = True, scope: str = "service") -> GpuUse:
    """Return a place that uses a GPU."""
    return GpuUse(evidence=Evidence(path, 5, "cuda"), is_required=required, scope=scope)


def model(path: str, size: int, *, shipped: bool = False) -> Artifact:
    """Return weights on disk."""
    return Artifact(path=path, kind="model", format="safetensors", size=size, is_shipped=shipped)


def dataset(path: str, size: int) -> Artifact:
    """Return data on disk."""
    return Artifact(path=path, kind="dataset", format="csv", size=size, is_shipped=False)


def download(name: str, library: str = "huggingface", scope: str = "service") -> Download:
    """Return weights that the code fetches."""
    return Download(name=name, library=library, evidence=Evidence("main.py", 6), scope=scope)


def notebook(*imports: str) -> Notebook:
    """Return a notebook."""
    return Notebook(path="notebooks/explore.ipynb", imports=imports)
