"""What commands are to pip."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.pip import pip_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "pip install --no-cache-dir -r a.txt -rb.txt --constraint=c.txt -U torch==2.4 -e .[x] $P",
            {
                "program": "pip",
                "action": "install",
                "packages": [
                    {"name": "torch", "specifier": "==2.4"},
                    {"extras": ["x"], "url": ".", "editable": True},
                ],
                "unknown": ["$P"],
                "requirement_files": ["a.txt", "b.txt"],
                "constraint_files": ["c.txt"],
                "no_cache": True,
                "upgrade": True,
            },
        ),
        (
            (
                "python3.11 -m pip install -i https://a.test --extra-index-url https://b.test"
                " --extra-index-url=https://c.test --trusted-host b.test -f ./wheels --pre x"
            ),
            {
                "program": "pip",
                "action": "install",
                "packages": [{"name": "x"}],
                "index_url": "https://a.test",
                "extra_index_urls": ["https://b.test", "https://c.test"],
                "trusted_hosts": ["b.test"],
                "find_links": ["./wheels"],
                "pre": True,
            },
        ),
        (
            (
                "/opt/venv/bin/pip3 --no-cache-dir install --no-deps --user --require-hashes"
                " --no-index --break-system-packages -t /x --prefix /y a"
            ),
            {
                "program": "/opt/venv/bin/pip3",
                "action": "install",
                "packages": [{"name": "a"}],
                "no_cache": True,
                "no_deps": True,
                "no_index": True,
                "require_hashes": True,
                "break_system_packages": True,
                "user": True,
                "target": "/x",
                "prefix": "/y",
            },
        ),
        (
            "pip3.11 download -d /w --platform manylinux a",
            {"program": "pip3.11", "action": "download", "packages": [{"name": "a"}]},
        ),
        ("pip cache purge", {"program": "pip", "action": "cache purge"}),
        (
            "conda run -n e pip install a",
            {"program": "pip", "action": "install", "packages": [{"name": "a"}]},
        ),
        (
            "uv run -m pip install a",
            {"program": "pip", "action": "install", "packages": [{"name": "a"}]},
        ),
        ("pip install --no-cache -q", {"program": "pip", "action": "install", "no_cache": True}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(pip_command(command(script))) == expected


@pytest.mark.parametrize(
    "script",
    ["pip", "pip --version", "pipx install a", "pipenv install", "python -m venv x", "python x.py"],
)
def test_other_commands_are_none(script: str) -> None:
    assert pip_command(command(script)) is None


def test_options_go_behind_the_subcommand() -> None:
    script = "python -m pip --quiet install torch"

    pip = pip_command(command(script))

    assert pip is not None
    assert script[: pip.insert_at] == "python -m pip --quiet install"
    assert script[slice(*pip.packages[0].word.span)] == "torch"
