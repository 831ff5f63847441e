"""Which versions a project's lock decides, as far as advice needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.scan.advice import ProjectLock
from boxwright.scan.project_lock import project_lock
from boxwright.settings import Settings

UV = """version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://example.com/simple" }
sdist = { url = "https://example.com/idna-3.10.tar.gz", hash = "sha256:00", size = 1 }
"""
PROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'


def test_pins_of_a_requirements_file_are_versions_to_replace(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Torch==2.5.1\nnumpy>=2,<3\nflask\n")

    assert project_lock(tmp_path, Settings()) == ProjectLock(
        kind="requirements",
        path="requirements.txt",
        locked={"torch": "2.5.1", "numpy": "", "flask": ""},
        asked={"numpy": ">=2,<3"},
    )


def test_a_project_file_only_asks(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'{PROJECT}dependencies = ["numpy==2.0"]\n')

    assert project_lock(tmp_path, Settings()) == ProjectLock(
        kind="pyproject", path="pyproject.toml", locked={"numpy": ""}, asked={"numpy": "==2.0"}
    )


def test_a_lock_has_every_version(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'{PROJECT}dependencies = ["idna"]\n')
    (tmp_path / "uv.lock").write_text(UV)

    found = project_lock(tmp_path, Settings())

    assert found is not None
    assert (found.kind, found.path, found.locked["idna"]) == ("uv.lock", "uv.lock", "3.10")


def test_what_lies_deeper_is_not_the_project(tmp_path: Path) -> None:
    (tmp_path / "somebody" / "elses").mkdir(parents=True)
    (tmp_path / "somebody" / "elses" / "requirements.txt").write_text("torch==2.5.1\n")
    (tmp_path / "main.py").write_text("import torch\n")

    assert project_lock(tmp_path, Settings()) is None


def test_settings_name_a_file_that_lies_deeper(tmp_path: Path) -> None:
    (tmp_path / "deploy" / "api").mkdir(parents=True)
    (tmp_path / "deploy" / "api" / "pins.txt").write_text("torch==2.5.1\n")

    found = project_lock(tmp_path, Settings(dependencies="deploy/api/pins.txt"))

    assert found is not None
    assert (found.path, found.locked) == ("deploy/api/pins.txt", {"torch": "2.5.1"})


@pytest.mark.parametrize("text", ["[project", "[project]\nname = 1\n"])
def test_what_cannot_be_read_gives_no_advice(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert project_lock(tmp_path, Settings()) is None


def test_no_project_at_all(tmp_path: Path) -> None:
    assert project_lock(tmp_path, Settings()) is None
    assert project_lock(tmp_path / "gone", Settings()) is None
