"""What commands are to uv."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.uv import uv_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "uv pip install --system --no-cache -r r.txt torch==2.4 --torch-backend=cu121 $P",
            {
                "action": "pip install",
                "packages": [{"name": "torch", "specifier": "==2.4"}],
                "unknown": ["$P"],
                "requirement_files": ["r.txt"],
                "torch_backend": "cu121",
                "no_cache": True,
                "system": True,
            },
        ),
        ("uv pip sync r.txt", {"action": "pip sync", "requirement_files": ["r.txt"]}),
        (
            "uv sync --frozen --no-dev --no-install-project --extra gpu --group a --only-group b",
            {
                "action": "sync",
                "frozen": True,
                "no_install_project": True,
                "no_dev": True,
                "only_groups": ["b"],
                "groups": ["a"],
                "extras": ["gpu"],
            },
        ),
        (
            "uv -n sync --locked --all-extras --compile-bytecode --link-mode copy",
            {
                "action": "sync",
                "no_cache": True,
                "locked": True,
                "all_extras": True,
                "compile_bytecode": True,
                "link_mode": "copy",
            },
        ),
        (
            "uv add --index https://a.test --default-index=https://b.test 'x>=1' -e ./y",
            {
                "action": "add",
                "packages": [
                    {"name": "x", "specifier": ">=1"},
                    {"url": "./y", "editable": True},
                ],
                "index_urls": ["https://a.test", "https://b.test"],
            },
        ),
        (
            "uv tool install ruff==0.6",
            {"action": "tool install", "packages": [{"name": "ruff", "specifier": "==0.6"}]},
        ),
        (
            "uvx --from x ruff@0.6 check --frozen y",
            {
                "action": "tool run",
                "packages": [{"name": "ruff", "specifier": "==0.6"}, {"name": "x"}],
            },
        ),
        ("uv run --no-sync uvicorn a --frozen", {"action": "run"}),
        ("uv run -m pytest", {"action": "run"}),
        (
            "python -m uv pip install a",
            {"action": "pip install", "packages": [{"name": "a"}]},
        ),
        ("uv cache clean", {"action": "cache clean"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(uv_command(command(script))) == expected


@pytest.mark.parametrize("script", ["uv", "uv --version", "pip install uv", "python -m pip x"])
def test_other_commands_are_none(script: str) -> None:
    assert uv_command(command(script)) is None


@pytest.mark.parametrize(
    ("script", "before", "installs"),
    [
        ("uv -q pip install x", "uv -q pip install", True),
        ("uv run x --y", "uv run", True),
        ("uvx x", "uvx", True),
        ("uv lock", "uv lock", False),
    ],
)
def test_options_go_behind_the_subcommand(script: str, before: str, installs: bool) -> None:
    uv = uv_command(command(script))

    assert uv is not None
    assert (script[: uv.insert_at], uv.installs) == (before, installs)
