"""Tests of the rule `lock-not-used`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

FILES = {
    "requirements.txt": "a>=1\n",
    "exact.txt": "a==1\n",
    "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a>1']\n",
    "poetry.lock": "",
    "tools/requirements.txt": "b\n",
}
JUDGE = Judge("lock-not-used", files=FILES)


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("pip install -r requirements.txt", "requirements.txt"),
        ("pip install .", "pyproject.toml"),
        ("uv pip install -r requirements.txt", "requirements.txt"),
    ],
)
def test_an_install_beside_a_lock_file_is_found(command: str, file: str) -> None:
    assert JUDGE.messages(f"FROM a\nWORKDIR /app\nCOPY . .\nRUN {command}\n") == [
        f"`poetry.lock` is there, but `{file}` is what is installed from"
    ]


@pytest.mark.parametrize(
    "command",
    [
        "pip install -r exact.txt",
        "pip install --no-deps .",
        "pip install -c constraints.txt -r requirements.txt",
        "pip install -r tools/requirements.txt",
        "pip install -r missing.txt",
        "poetry install && pip install .",
        "pip install poetry && poetry export -o r.txt && pip install -r requirements.txt",
        "mv poetry.lock x && pip install .",
        "pip install numpy",
    ],
)
def test_what_uses_it_or_has_nothing_to_do_with_it_is_not(command: str) -> None:
    assert JUDGE.messages(f"FROM a\nWORKDIR /app\nCOPY . .\nRUN {command}\n") == []


def test_without_a_lock_file_nothing_is_found() -> None:
    files = {"requirements.txt": "a\n", "pixi.lock": ""}
    text = "FROM a\nCOPY . .\nRUN pip install -r requirements.txt\n"

    assert Judge("lock-not-used", files=files).messages(text) == []
