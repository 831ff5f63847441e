"""A member of a uv workspace is locked from the lock above it, with the packages that it needs."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lock.conftest import Bench, source_tree, wheel
from uv import find_uv_bin

from boxwright.lock.model import LockedSource
from boxwright.plan.model import Plan

SHARED = "../../packages/shared"


@pytest.fixture
def member(bench: Bench) -> Bench:
    """A service of a workspace, which shares a package with another one."""
    for name in ("one", "two"):
        wheel(bench.wheels, name)
    root = bench.project / "acme"
    source_tree(root / "packages" / "shared", "shared", more='dependencies = ["one"]')
    for name, needs in (("api", '"shared"'), ("worker", '"shared", "two"')):
        folder = root / "services" / name
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
            f"dependencies = [{needs}]\n[tool.uv.sources]\nshared = {{ workspace = true }}\n"
        )
    (root / "pyproject.toml").write_text(
        '[tool.uv.workspace]\nmembers = ["services/*", "packages/*"]\n'
    )
    subprocess.run(
        [find_uv_bin(), "lock", "--quiet", "--no-index", "--find-links", bench.wheels],
        cwd=root, env={**os.environ, **bench.environ}, check=True,
    )  # fmt: skip
    return replace(bench, project=root / "services" / "api")


def plan(member: Bench) -> Plan:
    found = member.plan("uv.lock", "../../uv.lock")
    declared = replace(found.dependencies, workspace="../..", packages=(SHARED,))
    return replace(found, dependencies=declared)


def test_only_what_the_member_needs_goes_in(member: Bench) -> None:
    lock = member.lock(plan(member))

    assert [one.name for one in lock.wheels] == ["one", "shared"]
    assert lock.wheels[1].source == LockedSource(kind="directory", location=SHARED)


def test_the_shared_package_is_built(member: Bench) -> None:
    lock = member.lock(plan(member))

    assert [(one.name, one.built) for one in member.fetch(lock)] == [
        ("one", False),
        ("shared", True),
    ]


def test_a_folder_named_from_elsewhere_is_built_too(
    member: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = member.lock(plan(member))
    monkeypatch.chdir(member.project.parents[1])

    fetched = replace(member, project=Path("services/api")).fetch(lock)

    assert [one.name for one in fetched if one.built] == ["shared"]
