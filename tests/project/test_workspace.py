"""The workspace that a project is a member of, and the packages that it has from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.build.from_folder import plan_folder
from boxwright.plan.model import DependencyPlan
from boxwright.project.detectors.local_packages import locked_packages
from boxwright.project.workspace import Workspace, find_workspace

LOCK = """\
version = 1

[manifest]
members = ["acme", "api", "shared", "base"]

[[package]]
name = "acme"
version = "0"
source = { virtual = "." }

[[package]]
name = "api"
version = "1"
source = { virtual = "services/api" }
dependencies = [
    { name = "fastapi" },
    { name = "shared" },
]

[package.optional-dependencies]
extra = [
    { name = "other" },
]

[[package]]
name = "shared"
version = "1"
source = { editable = "packages/shared" }
dependencies = [
    { name = "base" },
    { name = "only-code" },
]

[[package]]
name = "only-code"
version = "1"
source = { virtual = "packages/only_code" }

[[package]]
name = "base"
version = "1"
source = { directory = "../base" }

[[package]]
name = "other"
version = "1"
source = { editable = "packages/other" }

[[package]]
name = "fastapi"
version = "1"
source = { registry = "https://index.example/simple" }
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["services/*", "packages/*"]\n'
        'exclude = ["services/old"]\n',
        "uv.lock": LOCK,
        "services/api/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "services/api/uv.lock": "a left over that uv does not look at",
        "services/old/pyproject.toml": '[project]\nname = "old"\nversion = "1"\n',
        "elsewhere/pyproject.toml": '[project]\nname = "elsewhere"\nversion = "1"\n',
        "packages/notes.txt": "",
    }
    for name in ("services/api", "packages/shared", "packages/other"):
        needs = '"fastapi", "shared", "uvicorn"' if name.endswith("api") else ""
        files[f"{name}/pyproject.toml"] = (
            f'[project]\nname = "{name.rpartition("/")[2]}"\nversion = "1"\n'
            f'requires-python = ">=3.11"\ndependencies = [{needs}]\n'
        )
    for name, text in files.items():
        path = tmp_path / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "acme"


def test_the_workspace_of_a_member_is_above_it(acme: Path) -> None:
    assert find_workspace(acme / "services" / "api") == Workspace(
        up="../..",
        lock=LOCK.encode(),
        members=("../../packages/other", "../../packages/shared", "."),
        names=(
            ("../../packages/other", "other"),
            ("../../packages/shared", "shared"),
            (".", "api"),
        ),
    )


def test_the_root_is_its_own(acme: Path) -> None:
    found = find_workspace(acme)

    assert found is not None
    assert (found.up, found.members) == ("", ("packages/other", "packages/shared", "services/api"))


@pytest.mark.parametrize("folder", ["services/old", "elsewhere", "packages"])
def test_what_is_no_member_has_none(acme: Path, folder: str) -> None:
    assert find_workspace(acme / folder) is None


def test_local_packages_are_followed_by_name() -> None:
    assert locked_packages(LOCK, "services/api", (), ()) == ("../base", "packages/shared")
    assert locked_packages(LOCK, "services/api", ("extra",), ()) == (
        "../base",
        "packages/other",
        "packages/shared",
    )
    assert locked_packages(LOCK, "services/none", (), ()) == ()


def test_the_plan_of_a_member_has_the_lock_above_and_the_packages(acme: Path) -> None:
    planned = plan_folder(acme / "services" / "api", overrides={}, offline=True, environ={})

    assert planned.plan.dependencies == DependencyPlan(
        source="uv.lock",
        path="../../uv.lock",
        workspace="../..",
        packages=("../../../base", "../../packages/shared"),
        manifests=(
            "../../../base/pyproject.toml",
            "../../packages/other/pyproject.toml",
            "../../packages/shared/pyproject.toml",
        ),
    )
    assert planned.plan.application.files == ("main.py",)


def test_without_a_lock_the_sources_say_where_packages_are(acme: Path) -> None:
    (acme / "uv.lock").unlink()
    project = acme / "services" / "api"
    (project / "uv.lock").unlink()
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        f"{pyproject.read_text()}\n[tool.uv.sources]\nshared = {{ workspace = true }}\n"
    )

    plan = plan_folder(project, overrides={}, offline=True, environ={}).plan

    assert (plan.dependencies.source, plan.dependencies.packages) == (
        "pyproject",
        ("../../packages/shared",),
    )


def test_requirements_name_packages_by_their_place(acme: Path) -> None:
    project = acme / "services" / "old"
    (project / "pyproject.toml").unlink()
    (project / "requirements.txt").write_text("fastapi\nuvicorn\n-r more.txt\n")
    (project / "more.txt").write_text(
        "-e ../../packages/shared\n./wheels/one-1.0-py3-none-any.whl\n"
    )
    (project / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")

    plan = plan_folder(project, overrides={}, offline=True, environ={}).plan

    assert (plan.dependencies.packages, plan.dependencies.manifests) == (
        ("../../packages/shared",),
        ("more.txt",),
    )
