"""Tests of the commands that install what a project depends on."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.dependency_installs import dependency_install


@pytest.mark.parametrize(
    ("command", "label", "manifests", "needs_project"),
    [
        ("pip install -r a.txt -c b.txt", "pip install -r a.txt", ("a.txt", "b.txt"), False),
        ("pip install torch -e .", "pip install torch", (), True),
        ("uv pip sync a.txt", "uv pip sync -r a.txt", ("a.txt",), False),
        ("uv sync --frozen", "uv sync", ("pyproject.toml",), True),
        ("uv sync --no-install-project", "uv sync", ("pyproject.toml",), False),
        ("poetry install --no-root", "poetry install", ("pyproject.toml",), False),
        ("pdm install", "pdm install", ("pyproject.toml",), True),
        ("pipenv install --deploy", "pipenv install", ("Pipfile",), False),
        ("conda env create -f e.yml", "conda env create -f e.yml", ("e.yml",), False),
        ("npm ci", "npm ci", ("package.json",), False),
    ],
)
def test_what_is_read(
    command: str, label: str, manifests: tuple[str, ...], needs_project: bool
) -> None:
    [(_, found)] = build(f"RUN {command}").commands
    install = dependency_install(found)

    assert install is not None
    assert (install.label, install.manifests, install.needs_project) == (
        label,
        manifests,
        needs_project,
    )


@pytest.mark.parametrize(
    "command",
    ["pip install .", "pip install -U pip wheel", "pip install /wheels/*.whl", "npm i -g x", "ls"],
)
def test_what_installs_no_dependencies(command: str) -> None:
    [(_, found)] = build(f"RUN {command}").commands

    assert dependency_install(found) is None


@pytest.mark.parametrize(
    ("command", "is_slight", "local"),
    [
        ("pip install tomli", True, ()),
        ("pip install torch==2.6.0", False, ()),
        ("pip install git+https://github.com/a/b@c", False, ()),
        ("pip install a b c", False, ()),
        ("pip install -r a.txt", False, ()),
        ("pip install . tomli", True, (".",)),
        ("pip install --find-links=wheels -r a.txt", False, ("wheels",)),
        ("pip install -f https://example.org/x -r a.txt", False, ()),
        ("conda install nodejs", True, ()),
        ("conda install pytorch", False, ()),
        ("conda env update", False, ()),
    ],
)
def test_what_is_slight_and_what_is_local(
    command: str, is_slight: bool, local: tuple[str, ...]
) -> None:
    [(_, found)] = build(f"RUN {command}").commands
    install = dependency_install(found)

    assert install is not None
    assert (install.is_slight, install.local) == (is_slight, local)
