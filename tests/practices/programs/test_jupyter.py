"""Settings of Jupyter."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.jupyter import (
    is_jupyter,
    jupyter_settings,
    setting_of_variable,
    settings_of_file,
)
from boxwright.text.joined import Joined

EVERYWHERE = "0.0.0.0"  # noqa: S104 (what servers are told)


@pytest.mark.parametrize(
    ("script", "settings"),
    [
        ("jupyter lab --ip=0.0.0.0 --allow-root --no-browser",
         [("ip", EVERYWHERE, True), ("allow_root", "True", True), ("no_browser", "True", False)]),
        ("jupyter notebook --NotebookApp.token='' --NotebookApp.password=''",
         [("token", "", True), ("password", "", True)]),
        ("jupyter lab --ServerApp.token=abc --ip 127.0.0.1",
         [("token", "abc", False), ("ip", "127.0.0.1", False)]),
        ("jupyter-lab --IdentityProvider.token ''", [("token", "", True)]),
        ("jupyter lab --LabApp.allow_origin='*'", [("allow_origin", "*", True)]),
        ("jupyter lab --ServerApp.disable_check_xsrf=True", [("disable_check_xsrf", "True", True)]),
        ("jupyter lab --ServerApp.disable_check_xsrf=false",
         [("disable_check_xsrf", "False", False)]),
        ("start-notebook.sh --NotebookApp.token=\"\"", [("token", "", True)]),
        ("python -m jupyterlab --ServerApp.token=", [("token", "", True)]),
        ("JUPYTER_TOKEN='' jupyter lab", [("token", "", True)]),
        ("echo \"c.NotebookApp.token = ''\" >> /root/.jupyter/jupyter_notebook_config.py",
         [("token", "", True)]),
        ("echo 'c.ServerApp.ip = \"*\"\\nc.ServerApp.token = u\"\"' > x",
         [("ip", "*", True), ("token", "", True)]),
        ("cat <<EOF > jupyter_server_config.py\nc.ServerApp.allow_root = True\n# c.ServerApp.token = ''\nEOF",
         [("allow_root", "True", True)]),
        ("cat <<EOF > jupyter_server_config.json\n{\"ServerApp\": {\n\"token\": \"\", \"port\": 80}}\nEOF",
         [("token", "", True), ("port", "80", False)]),
        ("uvicorn a:b --ip 0.0.0.0", []),
        ("echo hello", []),
    ],
)  # fmt: skip
def test_settings(script: str, settings: list[tuple[str, str, bool]]) -> None:
    found = jupyter_settings(command(script))

    assert [(item.name, item.value, item.is_open) for item in found] == settings


def test_place_in_options_and_files() -> None:
    script = "jupyter lab --ServerApp.token ''"
    content = "import os\nc.ServerApp.token = ''  # open\n"

    (option,) = jupyter_settings(command(script))
    (line,) = settings_of_file(Joined.of([(content, 0)]))

    assert script[slice(*option.span)] == "--ServerApp.token ''"
    assert content[slice(*line.span)] == "c.ServerApp.token = ''"


def test_variable() -> None:
    found = setting_of_variable("JUPYTER_TOKEN", "")

    assert found is not None
    assert found.is_open
    assert setting_of_variable("TOKEN", "") is None


def test_servers() -> None:
    scripts = ("jupyter lab", "jupyter nbconvert x", "jupyter --version", "start-notebook.py")

    assert [is_jupyter(command(script)) for script in scripts] == [True, False, False, True]
