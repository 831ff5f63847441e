"""`boxwright init` writes the whole setup, keeps edits, and says what it did."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.cli.commands.init import command
from boxwright.errors import BoxwrightError
from boxwright.practices.check import check_tree
from boxwright.practices.selection import Selection
from boxwright.project.tree import FolderTree

EXAMPLES = Path(__file__).parents[2] / "examples"
APP = """\
import redis
from fastapi import FastAPI

app = FastAPI()
store = redis.Redis.from_url("redis://redis:6379/0")


@app.get("/health")
def health():
    return {}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("fastapi\nredis\nuvicorn\n")
    (folder / "main.py").write_text(APP)
    (folder / "boxwright.toml").write_text('name = "demo"\nplatform = "linux/amd64"\n')
    return folder


def init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(
        command, [str(folder), "--offline", "--ci", "github", *options], standalone_mode=False
    )


def written(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("main.py", "requirements", "boxwright"))
    }


def test_every_file_is_written_and_named(project: Path) -> None:
    result = init(project)

    assert result.return_value == 0
    told = {line.split()[0] for line in result.stdout.splitlines()}
    assert told >= {
        ".dockerignore",
        ".github/workflows/container.yml",
        "Dockerfile",
        "compose.override.yaml",
        "compose.yaml",
        "kubernetes/base/kustomization.yaml",
        "kubernetes/overlays/production/kustomization.yaml",
    }
    assert told | {".boxwright/generated.json"} >= written(project) - {"secrets/.gitignore"}
    assert "next:\n  docker compose up --build --wait" in result.stderr


def test_a_second_run_changes_nothing(project: Path) -> None:
    init(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    result = init(project)

    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    assert re.fullmatch(r"\d+ files are as they were\n", result.stdout)
    assert init(project, "--check").return_value == 0


def test_an_edit_is_kept_and_what_changed_around_it_is_written(project: Path) -> None:
    init(project)
    path = project / "Dockerfile"
    path.write_text(path.read_text().replace("EXPOSE 8000/tcp\n", "EXPOSE 8000/tcp\n# mine\n"))
    (project / "boxwright.toml").write_text(
        'name = "demo"\nplatform = "linux/amd64"\ndescription = "Says hello"\n'
    )

    result = init(project)

    assert result.return_value == 0
    text = path.read_text()
    assert "# mine\n" in text
    assert 'org.opencontainers.image.description="Says hello"' in text
    assert "written anew, your edits kept" in result.stdout


def test_only_some_kinds_are_written(project: Path) -> None:
    init(project, "--only", "dockerfile,dockerignore")
    assert written(project) == {"Dockerfile", ".dockerignore"} | {
        path for path in written(project) if path.startswith((".boxwright", "secrets"))
    }


def test_no_password_is_made_where_nobody_needs_one(project: Path) -> None:
    init(project, "--only", "dockerfile")
    assert not (project / "secrets").exists()


def test_settings_say_which_kinds_are_written(project: Path) -> None:
    (project / "boxwright.toml").write_text('init = { only = ["compose"], ci = "none" }\n')
    init(project)
    assert {
        path for path in written(project) if not path.startswith((".boxwright", "secrets"))
    } == {
        "compose.yaml",
        "compose.override.yaml",
    }


def test_a_changed_plan_rewrites_no_file_that_says_the_same(project: Path) -> None:
    init(project)
    (project / "boxwright.toml").write_text(
        'name = "demo"\nplatform = "linux/amd64"\ndescription = "Says hello"\n'
    )
    changed = {line.split()[0] for line in init(project, "--check").stdout.splitlines()}
    assert changed >= {"Dockerfile"}
    assert "kubernetes/base/network.yaml" not in changed
    assert "compose.yaml" not in changed


def test_an_unknown_kind_is_refused_with_those_there_are(project: Path) -> None:
    result = init(project, "--only", "helm")
    assert result.exception is not None
    assert "`helm` is none of dockerfile" in str(result.exception)


def test_diff_and_check_write_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    assert "+++ b/Dockerfile" in init(project, "--diff").stdout
    checked = init(project, "--check")
    assert checked.return_value == 1
    assert "would be written" in checked.stdout
    assert sorted(project.rglob("*")) == before


def test_a_dockerfile_of_the_users_own_is_left_and_told(project: Path) -> None:
    (project / "Dockerfile").write_text("FROM scratch\n")
    result = init(project)
    assert result.return_value == 0
    assert (project / "Dockerfile").read_text() == "FROM scratch\n"
    assert "not written by Boxwright" in result.stdout
    assert init(project, "--force").return_value == 0
    assert "FROM scratch" not in (project / "Dockerfile").read_text()


def test_a_dockerignore_that_leaves_out_what_is_needed_is_told(project: Path) -> None:
    (project / ".dockerignore").write_text("requirements.txt\n")
    result = init(project)
    assert "`.dockerignore` leaves out what the Dockerfile needs" in " ".join(result.stderr.split())


def test_json_has_no_secret(project: Path) -> None:
    result = init(project, "--format", "json")
    document = json.loads(result.stdout)
    assert {file["status"] for file in document["files"]} == {"new"}
    for path in (project / "secrets").glob("*_*"):
        assert path.read_text() not in result.stdout + result.stderr


def test_offline_it_says_which_digests_are_missing(project: Path) -> None:
    told = " ".join(init(project).stderr.split())
    assert "digests could not be looked up" in told
    assert "`gcr.io/distroless/python3-debian13:nonroot`" in told


def test_a_folder_that_is_no_project_gets_no_file(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("hello\n")
    result = init(tmp_path)
    assert isinstance(result.exception, BoxwrightError)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("name", ["digits-api", "reference-stack", "torch-text"])
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_nothing_is_found_in_what_examples_get(name: str, ci: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("dist", ".boxwright"))

    result = init(folder, "--ci", ci, "--force")

    assert result.return_value == 0, result.output
    checked = check_tree(FolderTree(folder), today=date(2026, 12, 1), selection=Selection())
    found = [
        f"{path}: {finding.rule}: {finding.message}"
        for path, each in checked.items()
        for finding in each.findings
    ]
    assert found == []
    assert len(checked) >= 10


def test_the_reference_stack_is_committed_as_it_is_generated(tmp_path: Path) -> None:
    folder = tmp_path / "reference-stack"
    shutil.copytree(EXAMPLES / "reference-stack", folder)
    result = init(folder, "--check")
    assert result.return_value == 0, result.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["digits-api", "reference-stack", "torch-text"])
def test_hadolint_finds_nothing_in_what_examples_get(name: str, tmp_path: Path) -> None:
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("no program `hadolint`")
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("dist", ".boxwright"))
    init(folder, "--force")
    done = subprocess.run(
        [program, "--format", "json", folder / "Dockerfile"], capture_output=True, text=True
    )
    assert json.loads(done.stdout) == []


@pytest.mark.network
def test_the_dockerfile_has_the_python_that_the_lock_has_wheels_for(tmp_path: Path) -> None:
    # It wants numpy 1, of which there is no wheel for Python 3.13.
    (tmp_path / "requirements.txt").write_text("streamlit==1.30.0\n")
    (tmp_path / "app.py").write_text("import streamlit as st\n\nst.title('hello')\n")
    options = ["--only", "dockerfile", "--ci", "none"]

    result = CliRunner().invoke(command, [str(tmp_path), *options], standalone_mode=False)

    assert result.return_value == 0, result.output
    assert "FROM python:3.11" in (tmp_path / "Dockerfile").read_text()
    assert "Python 3.11" in (tmp_path / "requirements.lock").read_text()
    assert init(tmp_path, *options, "--check").return_value == 0
