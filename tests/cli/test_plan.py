"""`boxwright plan` prints the plan, as text and as JSON, and writes nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from boxwright.cli.commands.plan import command
from boxwright.errors import ProjectError
from boxwright.plan.document import from_dict


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("flask\ngunicorn\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (tmp_path / "boxwright.toml").write_text('name = "demo"\nplatform = "linux/arm64"\n')
    return tmp_path


def test_text_says_what_and_why(project: Path) -> None:
    result = CliRunner().invoke(command, [str(project)], standalone_mode=False)

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "image         demo for linux/arm64\n"
        "base          Debian trixie or bookworm, distroless\n"
        "dependencies  requirements.txt\n"
        "application   1 file in /app\n"
        "start         /opt/venv/bin/gunicorn app:app --bind 0.0.0.0:8000 --worker-tmp-dir /dev/shm"
        " --workers 1 --threads 4 --timeout 120\n"
        "port          8000\n"
        "health        a connection on port 8000 every 30 s\n"
        "user          65532:65532\n"
        "Dockerfile    from python:3.13.15-slim-trixie, to run on"
        " gcr.io/distroless/python3-debian13:nonroot\n"
        "runs          demo  service, port 8000, 1 CPU, 256 MiB\n"
        "\nWhy\n"
    )
    assert "\nTo know\n  no health route was found" in result.stdout


def test_json_is_one_document_that_can_be_read_back(project: Path) -> None:
    result = CliRunner().invoke(command, [str(project), "--format", "json"])

    plan = from_dict(json.loads(result.stdout))
    assert (plan.name, plan.platform, plan.application.files) == (
        "demo",
        "linux/arm64",
        ("app.py",),
    )


def test_of_several_platforms_one_plan_is_shown_and_the_others_are_told(project: Path) -> None:
    result = CliRunner().invoke(
        command, [str(project), "--platform", "linux/amd64,linux/arm64"], standalone_mode=False
    )

    assert result.stdout.startswith(
        "image         demo for linux/amd64\n"
        "              and the same for linux/arm64, in one index\n"
    )


def test_it_can_be_written_to_a_file(project: Path) -> None:
    out = project / "plan.json"

    result = CliRunner().invoke(
        command, [str(project), "--format", "json", "--variant", "slim", "--out", str(out)]
    )

    assert result.stdout == ""
    assert from_dict(json.loads(out.read_text())).base.variant == "slim"


def test_a_folder_without_a_project_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path)], standalone_mode=False)

    assert isinstance(result.exception, ProjectError)
    assert result.exception.message == f"`{tmp_path}` is empty"
