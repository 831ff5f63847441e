"""Whatever stands in a file of dependencies, it is read or refused, never a bug."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.errors import ProjectError
from boxwright.project.detectors.dependencies import find_dependencies
from boxwright.project.detectors.metadata import (
    find_name,
    find_preferred_python,
    find_requires_python,
    read_pyproject,
)
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(
        ["", "*", "1.0", "==1", "^1", "a", "./x", "2.1", "4.5.0", "python", "main", "a>=1", "x; y",
         "https://h.example/a.whl", "sha256:ab", "git", "extra == 'a'", "python_version < '3.12'",
         "-r gone.txt", "\x00", "\ud7ff", "1||2", ">=1,<0 || !=3", "~=1", "$(x)"]
    )
)  # fmt: skip
KEYS = st.sampled_from(
    ["name", "version", "groups", "markers", "files", "hash", "source", "type", "url", "extras",
     "dependencies", "package", "metadata", "lock-version", "lock_version", "path", "git", "default",
     "_meta", "hashes", "packages", "dev-packages", "pip", "python", "optional", "tool", "poetry",
     "project", "feature", "target", "linux-64", "cells", "source", "cell_type", "options", "group"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=5)


def look(files: dict[str, bytes]) -> None:
    tree = MemoryTree(files)
    with contextlib.suppress(ProjectError):
        pyproject = read_pyproject(tree)
        find_name(pyproject, "")
        find_requires_python(pyproject)
        find_preferred_python(tree)
        find_dependencies(tree, pyproject, Settings(source="boxwright.toml"))


def as_toml(table: dict[str, object]) -> bytes:
    import tomli_w

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {key: clean(each) for key, each in value.items() if each is not None}
        if isinstance(value, list):
            return [clean(each) for each in value if each is not None]
        return value

    cleaned = clean(table)
    assert isinstance(cleaned, dict)
    return tomli_w.dumps(cleaned).encode()


@settings(max_examples=300, deadline=None)
@given(table=TABLES, name=st.sampled_from(["poetry.lock", "pdm.lock"]))
def test_locks_in_toml(table: dict[str, object], name: str) -> None:
    version = {"metadata": {"lock-version": "2.1", "lock_version": "4.5.0"}}
    pyproject = b"[project]\nname = 'a'\ndependencies = ['name', 'a']\n"
    look({"pyproject.toml": pyproject, name: as_toml({**version, **table})})


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(TABLES, max_size=4), name=st.sampled_from(["poetry.lock", "pdm.lock"]))
def test_packages_of_locks(rows: list[dict[str, object]], name: str) -> None:
    table: dict[str, object] = {
        "metadata": {"lock-version": "2.0", "lock_version": "4.5.0"},
        "package": [{"name": "a", "version": "1.0", **row} for row in rows],
    }
    pyproject = (
        b"[tool.poetry.dependencies]\na = '*'\n[project]\nname = 'a'\ndependencies = ['a']\n"
    )
    look({"pyproject.toml": pyproject, name: as_toml(table)})


@settings(max_examples=200, deadline=None)
@given(table=TABLES, name=st.sampled_from(["Pipfile", "pixi.toml", "pyproject.toml"]))
def test_manifests_in_toml(table: dict[str, object], name: str) -> None:
    look({name: as_toml(table)})
    look({"pyproject.toml": as_toml({"tool": {"poetry": table, "pixi": table}})})


@settings(max_examples=200, deadline=None)
@given(table=TABLES, name=st.sampled_from(["Pipfile.lock", "environment.yml", "eda.ipynb"]))
def test_documents_in_json(table: dict[str, object], name: str) -> None:
    import json

    look({name: json.dumps(table).encode()})


@settings(max_examples=300, deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.text(st.sampled_from("a1 =[]{}(),:;\n\"'#-*|<>!~^@.\\\t%"), max_size=60).map(str.encode),
    name=st.sampled_from(
        ["poetry.lock", "pdm.lock", "Pipfile.lock", "Pipfile", "environment.yml", "pixi.toml",
         "setup.cfg", "setup.py", "requirements.txt", "requirements.in", "main.py", "eda.ipynb",
         "pyproject.toml"]
    ),
)  # fmt: skip
def test_any_bytes(content: bytes, name: str) -> None:
    look({name: content})
    look({name: b"dependencies:\n  - " + content})
    look({name: b"from setuptools import setup\nsetup(install_requires=" + content})
