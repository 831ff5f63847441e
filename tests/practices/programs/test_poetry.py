"""What commands are to poetry, pdm, pipenv and hatch."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.poetry import project_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "poetry install --no-root --only main,gpu --no-interaction --no-cache -E x",
            {
                "tool": "poetry",
                "action": "install",
                "no_root": True,
                "only": ["main", "gpu"],
                "extras": ["x"],
                "no_dev": True,
                "no_cache": True,
                "frozen": True,
                "no_interaction": True,
            },
        ),
        (
            "python -m poetry install --without dev --with docs",
            {
                "tool": "poetry",
                "action": "install",
                "with_": ["docs"],
                "without": ["dev"],
                "no_dev": True,
                "frozen": True,
            },
        ),
        (
            "poetry config virtualenvs.create false",
            {"tool": "poetry", "action": "config", "operands": ["virtualenvs.create", "false"]},
        ),
        (
            "poetry add torch@^2 -G gpu",
            {
                "tool": "poetry",
                "action": "add",
                "operands": ["torch@^2"],
                "packages": [{"name": "torch", "specifier": "==^2"}],
                "with_": ["gpu"],
            },
        ),
        (
            "poetry cache clear pypi --all",
            {"tool": "poetry", "action": "cache clear", "operands": ["pypi"]},
        ),
        (
            "pdm install --prod --no-self --frozen-lockfile",
            {"tool": "pdm", "action": "install", "no_root": True, "no_dev": True, "frozen": True},
        ),
        (
            "pipenv install --system --deploy",
            {
                "tool": "pipenv",
                "action": "install",
                "no_dev": True,
                "frozen": True,
                "system": True,
            },
        ),
        ("pipenv install --dev", {"tool": "pipenv", "action": "install"}),
        ("hatch build", {"tool": "hatch", "action": "build"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(project_command(command(script))) == expected


@pytest.mark.parametrize("script", ["poetry", "poetry run uvicorn x", "python x.py", "pip install"])
def test_other_commands_are_none(script: str) -> None:
    assert project_command(command(script)) is None
