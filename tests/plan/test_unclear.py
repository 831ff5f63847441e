"""What is said of a project that cannot be understood."""

from __future__ import annotations

import pytest
from tests.plan.projects import plan_of

from boxwright.errors import PlanError


def test_nothing_to_start_says_what_was_found_and_which_settings_settle_it() -> None:
    files = {"requirements.txt": "torch\napache-airflow\n", "dags/a.py": "X = 1\n"}

    with pytest.raises(PlanError) as error:
        plan_of(files)

    assert error.value.message.startswith("nothing to start was found: no [project.scripts]")
    assert error.value.message.endswith(
        "found were 1 Python file (`dags/a.py`), dependencies in `requirements.txt` (`torch`,"
        " `apache-airflow`), `apache-airflow`, which starts code itself"
    )
    assert error.value.hint == (
        "three settings in `boxwright.toml` settle it, here as an example:\n\n"
        'entrypoint = ["python", "dags/a.py"]\n'
        "port = 8000  # only if it listens\n"
        'dependencies = "requirements.txt"'
    )


def test_the_settings_are_shown_where_the_project_has_its_own() -> None:
    pyproject = '[project]\nname = "a"\ndependencies = []\n[tool.boxwright]\nname = "b"\n'

    with pytest.raises(PlanError) as error:
        plan_of({"pyproject.toml": pyproject})

    assert "settings in `pyproject.toml`" in error.value.hint
    assert "[tool.boxwright]\nentrypoint" in error.value.hint


def test_a_folder_of_projects_names_them() -> None:
    app = "from fastapi import FastAPI\napp = FastAPI()\n"
    files = {
        "services/a/main.py": app,
        "services/a/requirements.txt": "fastapi\n",
        "services/b/main.py": app,
        "services/b/requirements.txt": "fastapi\n",
        "libs/c/pyproject.toml": '[project]\nname = "c"\n',
        "libs/c/c.py": "",
    }

    with pytest.raises(PlanError) as error:
        plan_of(files)

    assert error.value.message == (
        "there are several projects in folders here, each with something to start: `services/a`,"
        " `services/b`; at the top, no file declares dependencies and nothing is to be started"
    )
    assert error.value.hint == "name the folder, as in `boxwright init services/a`"
