"""Credentials are made up once, in files that Git ignores."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.render.plans import api_plan, stack_plan, url_plan

from boxwright.plan.model import Plan, Secret
from boxwright.setup.made_secrets import Made, make_secrets

NAMES = ("PORT", "POSTGRES_PASSWORD", "NOTEBOOK_TOKEN", "OPENAI_API_KEY")


def made(folder: Path, plan: Plan) -> list[Made]:
    return list(make_secrets(folder, plan, NAMES))


def env(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_project_without_secrets_gets_no_file(tmp_path: Path) -> None:
    assert made(tmp_path, api_plan()) == []
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_files_that_only_the_folder_protects(tmp_path: Path) -> None:
    plan = replace(stack_plan(), secrets=stack_plan().secrets[:1])
    found = list(make_secrets(tmp_path, plan, ()))
    assert found == [Made("secrets/postgres_password", "made up")]
    path = tmp_path / "secrets" / "postgres_password"
    assert len(path.read_text()) == 48
    assert path.stat().st_mode & 0o777 == 0o444
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_what_is_there_is_never_changed(tmp_path: Path) -> None:
    made(tmp_path, stack_plan())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert made(tmp_path, stack_plan()) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_one_password_is_the_same_in_the_file_and_in_the_environment(tmp_path: Path) -> None:
    made(tmp_path, url_plan())
    password = (tmp_path / "secrets" / "postgres_password").read_text()
    assert env(tmp_path)["POSTGRES_PASSWORD"] == password


def test_a_key_that_only_the_user_has_is_asked_for_until_it_is_there(tmp_path: Path) -> None:
    first = made(tmp_path, url_plan())
    assert Made(".env", "`OPENAI_API_KEY` has no value yet") in first
    assert made(tmp_path, url_plan()) == [Made(".env", "`OPENAI_API_KEY` has no value yet")]
    path = tmp_path / ".env"
    path.write_text(path.read_text().replace("OPENAI_API_KEY=", "OPENAI_API_KEY=abc"))
    assert made(tmp_path, url_plan()) == []


def test_lines_of_the_user_stay(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nexport OPENAI_API_KEY=mine")
    made(tmp_path, url_plan())
    assert (tmp_path / ".env").read_text().startswith("# mine\nexport OPENAI_API_KEY=mine\n")


def test_a_secret_that_has_to_be_given_as_a_file_is_told(tmp_path: Path) -> None:
    token = Secret(name="hf_token", variable="HF_TOKEN_PATH", form="file", is_made=False)
    plan = replace(api_plan(), secrets=(token,))
    assert made(tmp_path, plan) == [
        Made("secrets/hf_token", "is missing: write what `HF_TOKEN_PATH` needs into it")
    ]


def test_git_takes_none_of_them(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    (tmp_path / ".gitignore").write_text("*.pyc")
    assert made(tmp_path, stack_plan())[-1] == Made(".gitignore", "`.env` added")
    assert git("status", "--porcelain", "--untracked-files=all").split() == ["??", ".gitignore"]
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n.env\n"


def test_values_are_in_no_message(tmp_path: Path) -> None:
    told = repr(made(tmp_path, url_plan()))
    for value in env(tmp_path).values():
        assert not value or value not in told


@pytest.mark.parametrize("name", ["secrets", ".env"])
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    from boxwright.errors import ProjectError

    (tmp_path / name).mkdir()
    if name == "secrets":
        (tmp_path / name / "postgres_password").mkdir()
    with pytest.raises(ProjectError, match="cannot be read"):
        made(tmp_path, url_plan())
