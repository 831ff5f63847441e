"""`boxwright doctor`: exit status, formats, and what it says of folders that are no project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Command, Result

SERVICE = {
    "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "requirements.txt": "fastapi\nuvicorn\n",
}


def project(folder: Path, settings: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in SERVICE.items():
        (folder / name).write_text(text)
    if settings:
        (folder / "boxwright.toml").write_text(settings)
    return folder


def results(result: Result) -> dict[str, dict[str, Any]]:
    return {each["what"]: each for each in json.loads(result.out)["results"]}


def test_a_project_is_looked_at_with_the_machine(command: Command, tmp_path: Path) -> None:
    project(tmp_path / "api")

    result = command("doctor", "api", "--offline", "--format", "json")

    found = results(result)
    assert found["engine"]["evidence"] == "none is wanted: BOXWRIGHT_ENGINE is `none`"
    assert found["api"]["area"] == "project"
    assert result.status == (json.loads(result.out)["verdict"] == "failure")
    assert result.err == ""


def test_what_will_not_work_makes_the_status_one(command: Command, tmp_path: Path) -> None:
    project(tmp_path / "api", '[workloads.api]\nmemory = "9000 GB"\ncpus = 1024\n')

    result = command("doctor", "api", "--offline")

    assert result.status == 1
    assert "  failure  memory of `api`: it may use" in result.out


def test_an_empty_folder_is_no_failure_unless_it_is_named(command: Command) -> None:
    here = command("doctor", "--offline", "--format", "json")
    named = command("doctor", ".", "--offline", "--format", "json")

    assert results(here)["plan"]["verdict"] == "unknown"
    assert results(named)["plan"]["verdict"] == "failure"
    assert named.status == 1


def test_a_folder_that_is_not_there_is_the_users_to_mend(command: Command) -> None:
    result = command("doctor", "gone")

    assert (result.status, result.err.split("\n")[0]) == (2, "error: there is no folder `gone`")


@pytest.mark.parametrize("registry", ["team/UPPER", "a b"])
def test_a_registry_that_is_none_is_the_users_to_mend(command: Command, registry: str) -> None:
    assert command("doctor", "--offline", "--registry", registry).status == 2
