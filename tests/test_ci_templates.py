"""What other projects take into their pipelines does what it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from boxwright.cli.main import boxwright

CHECKOUT = Path(__file__).parent.parent
HOOKS = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((CHECKOUT / "docs/how-to/boxwright.gitlab-ci.yml").read_text("utf-8"))
CHECK = next(step for step in ACTION["runs"]["steps"] if step["name"] == "Check")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_runs_a_command_that_exists(hook: dict[str, Any]) -> None:
    assert_is_a_command(hook["entry"])


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("Dockerfile", True),
        ("docker/Dockerfile.gpu", True),
        ("api.dockerfile", True),
        (".dockerignore", True),
        ("deploy/compose.prod.yml", True),
        ("k8s/deployment.yaml", True),
        ("requirements-dev.txt", True),
        ("boxwright.toml", True),
        ("README.md", False),
        ("src/app.py", False),
    ],
)
@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_runs_when_something_changes_that_matters(
    hook: dict[str, Any], path: str, matters: bool
) -> None:
    assert bool(re.search(hook["files"], path)) is matters


def test_jobs_for_gitlab_run_commands_that_exist() -> None:
    scripts = [line for line in GITLAB["boxwright"]["script"] if line.startswith("boxwright ")]

    assert len(scripts) == 3
    for line in scripts:
        assert_is_a_command(
            line.replace("$BOXWRIGHT_PATHS", GITLAB["variables"]["BOXWRIGHT_PATHS"])
        )


def test_no_input_of_the_action_is_part_of_a_script() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]

    assert [script for script in scripts if "${{" in script] == []


def test_every_input_of_the_action_is_used_and_described() -> None:
    text = (CHECKOUT / "action.yml").read_text("utf-8")
    page = (CHECKOUT / "docs/how-to/check-in-ci.md").read_text("utf-8")

    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    assert [name for name in ACTION["inputs"] if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize(
    ("dockerfile", "options", "status"),
    [
        ("FROM scratch\n# boxwright: ignore[relative-workdir] because\nLABEL a=b\n", "", 1),
        ("FROM scratch\nLABEL a=b\n", "--select relative-workdir --fail-on error", 0),
    ],
)
def test_the_action_annotates_and_writes_a_log(
    tmp_path: Path, dockerfile: str, options: str, status: int
) -> None:
    installed = tmp_path / "boxwright" / "bin"
    installed.mkdir(parents=True)
    (installed / "boxwright").symlink_to(Path(sys.executable).with_name("boxwright"))
    project = tmp_path / "a project"
    project.mkdir()
    (project / "Dockerfile").write_text(dockerfile)
    variables = {
        "PATHS": ".",
        "OPTIONS": options or "--select relative-workdir,unused-suppression",
        "SARIF": "found.sarif",
        "RUNNER_TEMP": str(tmp_path),
    }

    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", CHECK["run"]],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == status, done.stderr
    results = json.loads((project / "found.sarif").read_text())["runs"][0]["results"]
    assert len(results) == done.stdout.count("::warning file=Dockerfile,") == status


def assert_is_a_command(line: str) -> None:
    """Assert that *line* is a command of ours with options that it has."""
    program, name, *arguments = shlex.split(line)
    context = click.Context(boxwright, info_name="boxwright")
    command = boxwright.get_command(context, name)
    assert program == "boxwright"
    assert command is not None
    command.make_context(name, arguments, parent=context)
