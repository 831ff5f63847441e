"""`boxwright base`: for a project, for none, and measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command, Result
from tests.cli.made_images import debian, image, python
from tests.conftest import StandIn

from boxwright.store import layout

OLD = '[project]\nname = "old"\nversion = "1"\nrequires-python = ">=3.10,<3.13"\n'


def test_the_recommendation_is_for_the_project(command: Command) -> None:
    Path("pyproject.toml").write_text(OLD)
    Path("main.py").write_text("print()\n")

    result = command("base", "--format=json")

    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out)["wants"] == ["Python 3.11 (>=3.10,<3.13)"]


def test_an_empty_folder_is_compared_for_any_project(command: Command) -> None:
    result = command("base")

    assert (result.status, result.err) == (0, "")
    assert "recommended: boxwright distroless trixie\n" in result.out


def test_a_folder_without_a_project_says_so(command: Command) -> None:
    Path("notes.txt").write_text("hello")

    result = command("base", ".", "--format=json")

    assert result.status == 0
    assert result.err.startswith("note: compared for any project, as `")


def test_a_folder_that_is_not_there(command: Command) -> None:
    assert command("base", "gone") == Result(
        2, "", "error: there is no folder `gone`\n\nhint: name the folder of a project\n"
    )


def test_a_lock_that_cannot_be_read_is_told(command: Command, advisories: None) -> None:
    Path("pyproject.toml").write_text(OLD)
    Path("main.py").write_text("print()\n")
    Path("boxwright.lock").write_text("version = 7\n")

    result = command("base")

    assert result.status == 0
    assert result.err.startswith("note: what `boxwright.lock` names is not looked up: ")


def test_public_images_are_measured_where_they_can_be_had(
    command: Command, advisories: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = image(debian("13", {"openssl": "3.5.1-1"}), python({"pip": "25.3"}))
    name = "gcr.io/distroless/python3-debian13:nonroot"
    # A layout whose folder has the name of the image stands for its registry.
    layout.write(tmp_path / name, made, None)
    monkeypatch.setattr("boxwright.setup.bases.candidates", lambda plan: (name, "127.0.0.1:1/no:1"))

    result = command("base", "--look", "--format=json")

    bases = {base["name"]: base for base in json.loads(result.out)["bases"]}
    measured = bases[name]
    assert (measured["size"], measured["size_is_rough"]) == (made.size, False)
    assert (measured["packages"], measured["vulnerabilities"]) == (2, {})
    assert measured["created"] == "1980-01-01T00:00:01Z"
    assert bases["python:3.13.15-slim-trixie"]["size_is_rough"] is True
    assert "note: `127.0.0.1:1/no:1` is not measured: no image" in result.err


@pytest.mark.engine
@pytest.mark.slow
def test_the_engines_images_are_measured(
    command: Command, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "python:3.13.15-slim-trixie"
    stand_in("python", name)
    monkeypatch.delenv("BOXWRIGHT_ENGINE")
    monkeypatch.setattr("boxwright.setup.bases.candidates", lambda plan: (name,))

    result = command("base", "--look", "--format=json", "-q")

    (base,) = [base for base in json.loads(result.out)["bases"] if base["name"] == name]
    assert base["size_is_rough"] is False
    assert base["packages"] > 50
