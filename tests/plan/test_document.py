"""A plan survives being written down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plan.projects import (
    API,
    celery,
    certain,
    gpu_use,
    notebook,
    plan_of,
    training,
    variable,
)

from boxwright.errors import PlanError
from boxwright.plan.document import from_dict, to_dict
from boxwright.plan.make import make_plan
from boxwright.plan.model import Plan
from boxwright.project.inspect import inspect
from boxwright.project.tree import MemoryTree
from boxwright.settings import HealthSettings, Settings


def plan() -> Plan:
    tree = MemoryTree(
        {
            "requirements.txt": b"fastapi\nuvicorn\nscikit-learn\n",
            "main.py": b"from fastapi import FastAPI\napp = FastAPI()\n",
            "m.onnx": b"",
        }
    )
    settings = Settings(
        source="boxwright.toml", labels=(("a", "b"),), health=HealthSettings(interval=1.5)
    )
    return make_plan(inspect(tree, settings), settings)


def test_round_trip() -> None:
    made = plan()

    assert from_dict(json.loads(json.dumps(to_dict(made)))) == made


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("nmae",), "x", "plan: nmae: unknown key"),
        (("name",), 3, "plan: name: expected a string, found a number"),
        (("process", "port"), "80", "plan: process.port: expected a whole number, found a string"),
        (("process", "port"), True, "plan: process.port: expected a whole number, found a boolean"),
        (("process", "env"), [], "plan: process.env: expected a table, found an array"),
        (("process", "env"), {"A": 1}, "plan: process.env.A: expected a string, found a number"),
        (("base", "suites"), "x", "plan: base.suites: expected an array, found a string"),
        (("application", "files"), ["a", None], "plan: application.files[1]: expected a string, found null"),
        (("base",), {}, "plan: base.suites: the key is missing"),
        (("layers",), None, "plan: layers: expected a table, found null"),
    ],
)  # fmt: skip
def test_errors_name_the_key_from_the_root(
    path: tuple[str, ...], value: object, message: str
) -> None:
    document: dict[str, Any] = to_dict(plan())
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    with pytest.raises(PlanError) as caught:
        from_dict(json.loads(json.dumps(document)))

    assert caught.value.message == message


def test_a_document_that_is_no_table_is_refused() -> None:
    with pytest.raises(PlanError, match="the document: expected a table, found an array"):
        from_dict([])


def test_round_trip_of_a_whole_stack() -> None:
    made = plan_of(
        {**API, "requirements.txt": "fastapi\nuvicorn\ntorch\n", "tasks.py": "", "train.py": ""},
        "companions = { kafka = true, neo4j = true }",
        workers=(celery(),),
        companions=(certain("postgres", "DATABASE_URL"),),
        variables=(variable("DATABASE_URL"),),
        trainings=(training(outputs=("runs",)),),
        gpu_uses=(gpu_use("train.py", scope="training"),),
        notebooks=(notebook(),),
    )

    assert from_dict(json.loads(json.dumps(to_dict(made)))) == made
