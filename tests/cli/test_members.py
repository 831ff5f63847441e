"""`boxwright plan` and `boxwright init` at the top of a repository with several services."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.cli.commands import init, plan
from boxwright.errors import PlanError
from boxwright.practices.check import check_tree
from boxwright.project.tree import FolderTree

LOCK = """\
version = 1

[[package]]
name = "api"
version = "1"
source = { virtual = "services/api" }
dependencies = [{ name = "fastapi" }, { name = "shared" }]

[[package]]
name = "batch"
version = "2"
source = { virtual = "services/batch" }
dependencies = [{ name = "redis" }, { name = "rq" }]

[[package]]
name = "shared"
version = "1"
source = { editable = "packages/shared" }
"""
MEMBER = """\
[project]
name = "{name}"
version = "1"
requires-python = ">=3.11"
dependencies = [{needs}]
"""
API = """\
import os

import redis
from fastapi import FastAPI

app = FastAPI()
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.get("/health")
def health():
    return {}
"""
BATCH = """\
import os

from redis import Redis
from rq import Queue, Worker

connection = Redis.from_url(os.environ["REDIS_URL"])

if __name__ == "__main__":
    Worker([Queue("default", connection=connection)], connection=connection).work()
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["services/*", "packages/*"]\n',
        "uv.lock": LOCK,
        "services/api/pyproject.toml": MEMBER.format(
            name="api", needs='"fastapi", "redis", "shared", "uvicorn"'
        ),
        "services/api/main.py": API,
        "services/api/tests/test_main.py": "def test_it():\n    pass\n",
        "services/batch/pyproject.toml": MEMBER.format(name="batch", needs='"redis", "rq"'),
        "services/batch/worker.py": BATCH,
        "packages/shared/pyproject.toml": MEMBER.format(name="shared", needs=""),
        "packages/shared/shared.py": "made = 1\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def run_init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(
        init.command, [str(folder), "--offline", "--ci", "github", *options], standalone_mode=False
    )


def text_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_plan_says_whose_plans_they_are_and_why(acme: Path) -> None:
    result = CliRunner().invoke(plan.command, [str(acme)], standalone_mode=False)

    assert result.stdout.startswith(
        "acme has nothing to start at its top, but 2 projects in folders:\n\n"
        "  services/api    a member of the workspace, with something to start (pyproject.toml:2)\n"
        "  services/batch  a member of the workspace, with something to start (pyproject.toml:2)\n"
    )
    assert "\n\nservices/batch\n--------------\nimage         batch 1 for linux/" in result.stdout


def test_as_json_the_plans_are_there_by_their_folders(acme: Path) -> None:
    result = CliRunner().invoke(plan.command, [str(acme), "--format", "json"])

    members = json.loads(result.stdout)["members"]
    assert {path: member["dependencies"]["packages"] for path, member in members.items()} == {
        "services/api": ["../../packages/shared"],
        "services/batch": [],
    }


def test_each_has_a_dockerfile_and_all_of_them_the_rest(acme: Path) -> None:
    before = set(text_of(acme))

    result = run_init(acme)

    assert result.return_value == 0
    made = set(text_of(acme)) - before
    assert {path for path in made if not path.startswith("kubernetes/")} == {
        ".boxwright/generated.json",
        ".github/workflows/container.yml",
        "compose.override.yaml",
        "compose.yaml",
        "services/api/Dockerfile",
        "services/api/Dockerfile.dockerignore",
        "services/batch/Dockerfile",
        "services/batch/Dockerfile.dockerignore",
    }
    assert {"kubernetes/base/api.yaml", "kubernetes/base/batch.yaml"} <= made
    text = (acme / "compose.yaml").read_text()
    assert text.count("image: redis:") == 1
    assert "dockerfile: services/api/Dockerfile" in text
    assert "nothing is to be started at the top" in result.stderr


def test_the_dockerfile_takes_this_service_and_its_packages_only(acme: Path) -> None:
    run_init(acme)

    api = (acme / "services/api/Dockerfile").read_text()
    batch = (acme / "services/batch/Dockerfile").read_text()
    assert "COPY services/api/main.py /app/\n" in api
    assert "uv pip install --no-deps ../../packages/shared\n" in api
    assert "services/batch/worker.py" not in api
    assert "WORKDIR /src/services/batch\n" in batch
    assert "AS project" not in batch
    ignored = (acme / "services/batch/Dockerfile.dockerignore").read_text()
    assert "\nservices/api/main.py\n" in ignored or "\nservices/api/tests\n" in ignored


def test_nothing_is_found_in_what_is_written(acme: Path) -> None:
    run_init(acme)

    checked = check_tree(FolderTree(acme), today=date(2026, 12, 1))

    findings = [(path, each.rule) for path, it in checked.items() for each in it.findings]
    assert findings == []


def test_a_second_run_changes_nothing(acme: Path) -> None:
    run_init(acme)
    before = text_of(acme)

    assert run_init(acme, "--check").return_value == 0
    run_init(acme)

    assert text_of(acme) == before


def test_some_of_the_files_and_an_edit_that_stays(acme: Path) -> None:
    run_init(acme, "--only", "dockerfile")
    assert not (acme / "compose.yaml").exists()
    path = acme / "services/api/Dockerfile"
    path.write_text(path.read_text().replace("EXPOSE 8000/tcp\n", "EXPOSE 8000/tcp\n# mine\n"))

    run_init(acme)

    assert "# mine\n" in path.read_text()
    assert (acme / "compose.yaml").exists()


def test_one_alone_is_built_from_the_folder_above(acme: Path) -> None:
    result = run_init(acme / "services" / "api")

    assert result.return_value == 0
    text = (acme / "services/api/compose.yaml").read_text()
    assert "      context: ../..\n      dockerfile: services/api/Dockerfile\n" in text
    assert not (acme / "services/api/.github").exists()
    assert "no workflow for CI is written" in result.stderr
    assert run_init(acme / "services" / "api", "--check").return_value == 0


def test_a_project_at_the_top_is_planned_alone_and_says_so(acme: Path) -> None:
    (acme / "main.py").write_text('if __name__ == "__main__":\n    print("at the top")\n')

    result = CliRunner().invoke(plan.command, [str(acme), "--format", "json"])

    document = json.loads(result.stdout)
    assert [path for path in document["application"]["files"] if "services/" in path] == []
    (notice,) = (it for it in document["notices"] if "of their own" in it["text"])
    assert notice["hint"] == "`boxwright init services/api` sets one of them up"


def test_a_member_that_cannot_be_planned_is_left_out_and_told_of(acme: Path) -> None:
    broken = acme / "services" / "broken"
    broken.mkdir()
    (broken / "pyproject.toml").write_text(MEMBER.format(name="broken", needs='"fastapi"'))
    (broken / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")

    result = run_init(acme)

    assert "note: `services/broken` is left out: " in result.stderr
    assert not (broken / "Dockerfile").exists()


def test_where_none_can_be_planned_that_is_an_error(acme: Path) -> None:
    for name in ("api", "batch"):
        (acme / "services" / name / "pyproject.toml").write_text(
            MEMBER.format(name=name, needs='"fastapi"')
        )
    (acme / "services/batch/worker.py").write_text(API)

    result = run_init(acme)

    assert isinstance(result.exception, PlanError)
