"""Projects inside of a repository are found, and those with something to start."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Member

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
PROJECT = '[project]\nname = "x"\n'


def test_a_workspace_of_uv() -> None:
    found = inspected(
        {
            "pyproject.toml": f'{PROJECT}[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n',
            "packages/api/pyproject.toml": PROJECT,
            "packages/api/src/api/service.py": FASTAPI,
            "packages/common/pyproject.toml": PROJECT,
            "packages/common/src/common/__init__.py": "",
            "packages/old/pyproject.toml": PROJECT,
            "packages/old/x.py": "",
        }
    ).members

    workspace = Evidence("pyproject.toml", 4, "tool.uv.workspace.members")
    assert found == (
        Member(path="packages/api", evidence=workspace, is_workspace=True, is_service=True),
        Member(path="packages/common", evidence=workspace, is_workspace=True),
        Member(path="packages/old", evidence=Evidence("packages/old/pyproject.toml")),
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"services/api/requirements.txt": "fastapi", "services/api/web.py": FASTAPI},
         [("services/api", True)]),
        ({"services/api/main.py": FASTAPI, "services/jobs/worker.py": "import rq\n"},
         [("services/api", True), ("services/jobs", True)]),
        ({"backend/Pipfile": "", "backend/app/x.py": FASTAPI, "frontend/package.json": "{}"},
         [("backend", True)]),
        ({"lib/setup.py": "", "lib/lib/__init__.py": ""}, [("lib", False)]),
        ({"docs/requirements.txt": "", "docs/conf.py": "", "tests/requirements.txt": "",
          "tests/x.py": "", "examples/a/pyproject.toml": "", "examples/a/x.py": ""}, []),
        ({"requirements/base.txt": "", "requirements/requirements.txt": ""}, []),
        ({"api/pyproject.toml": "", "api/app/requirements.txt": "", "api/app/main.py": FASTAPI},
         [("api", True)]),
        ({"{{cookiecutter.name}}/setup.py": "", "{{cookiecutter.name}}/a.py": ""}, []),
    ],
)  # fmt: skip
def test_folders_with_a_project_of_their_own(
    files: dict[str, str | bytes], expected: list[tuple[str, bool]]
) -> None:
    found = inspected({"requirements.txt": "", "start.py": "", **files}).members

    assert [(each.path, each.is_service) for each in found] == expected


def test_a_project_alone_has_no_members() -> None:
    assert inspected({"pyproject.toml": PROJECT, "src/x/__init__.py": ""}).members == ()
