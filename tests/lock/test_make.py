from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lock.conftest import Bench, wheel

from boxwright.lock.document import FILE_NAME, read_lock
from boxwright.lock.make import _inputs, make_lock
from boxwright.lock.model import Lock
from boxwright.lock.sources import Sources
from boxwright.project.tree import FolderTree
from boxwright.settings import Settings

PYPROJECT = """\
[project]
name = "demo"
version = "1.0"
dependencies = ["one"]

[tool.ruff]
line-length = 100
"""


def inputs(bench: Bench, *directories: str, source: str = "requirements", path: str = "") -> str:
    plan = bench.plan(source, path or "requirements.txt")
    return _inputs(plan, FolderTree(bench.project), bench.project, directories)


@pytest.fixture
def project(bench: Bench) -> Path:
    bench.require("one\n-r more.txt\n")
    (bench.project / "more.txt").write_text("two\n")
    (bench.project / "main.py").write_text("print()\n")
    (bench.project / "pyproject.toml").write_text(PYPROJECT)
    (bench.project / "lib").mkdir()
    (bench.project / "lib" / "pyproject.toml").write_text(PYPROJECT)
    return bench.project


CHANGES: dict[str, Callable[[Path], object]] = {
    "requirements": lambda folder: (folder / "requirements.txt").write_text("one==1\n"),
    "a file they refer to": lambda folder: (folder / "more.txt").write_text("three\n"),
    "declared dependencies": lambda folder: (folder / "pyproject.toml").write_text(
        PYPROJECT.replace('"one"', '"two"')
    ),
    "those of a path dependency": lambda folder: (folder / "lib" / "pyproject.toml").write_text(
        PYPROJECT.replace('"one"', '"two"')
    ),
    "settings of uv": lambda folder: (folder / "uv.toml").write_text("[pip]\n"),
}

NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "code": lambda folder: (folder / "main.py").write_text("print(1)\n"),
    "a new file": lambda folder: (folder / "other.py").write_text(""),
    "the version": lambda folder: (folder / "pyproject.toml").write_text(
        PYPROJECT.replace("1.0", "1.1")
    ),
    "another tool's settings": lambda folder: (folder / "pyproject.toml").write_text(
        PYPROJECT.replace("100", "80")
    ),
    "line ends": lambda folder: (folder / "more.txt").write_bytes(b"two\r\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_decides_the_lock_changes_its_inputs(bench: Bench, project: Path, change: str) -> None:
    before = inputs(bench, "lib")
    CHANGES[change](project)
    assert inputs(bench, "lib") != before


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_does_not_decide_the_lock_leaves_its_inputs(
    bench: Bench, project: Path, change: str
) -> None:
    before = inputs(bench, "lib")
    NO_CHANGES[change](project)
    assert inputs(bench, "lib") == before


def test_the_plan_is_an_input(bench: Bench, project: Path) -> None:
    plan = bench.plan()
    tree = FolderTree(project)
    plans = [
        plan,
        replace(plan, accelerator="cuda"),
        replace(plan, base=replace(plan.base, suites=("bookworm",))),
        replace(plan, base=replace(plan.base, variant="slim")),
        replace(plan, base=replace(plan.base, packages=("ffmpeg",))),
        replace(plan, dependencies=replace(plan.dependencies, extras=("serve",))),
        replace(plan, dependencies=replace(plan.dependencies, groups=("model",))),
        replace(plan, dependencies=replace(plan.dependencies, installs_project=True)),
    ]
    assert len({_inputs(one, tree, project, ()) for one in plans}) == len(plans)
    # Each platform is a part of the same lock.
    assert _inputs(replace(plan, platform="linux/arm64"), tree, project, ()) == inputs(bench)


@pytest.mark.network
def test_a_lock_is_reused_extended_and_renewed(bench: Bench) -> None:
    bench.environ |= {name: value for name, value in os.environ.items() if "CERT" in name}
    wheel(bench.wheels, "one", "1.0")
    bench.require("one\n")

    def lock(platform: str = "linux/amd64", *, upgrade: bool = False) -> Lock:
        return make_lock(
            bench.plan(platform=platform),
            FolderTree(bench.project),
            bench.project,
            sources=Sources(settings=Settings(), folder=bench.project, environ=bench.environ),
            cache=bench.cache,
            upgrade=upgrade,
            progress=bench.progress,
        )

    def versions(lock: Lock) -> list[str]:
        return [f"{w.name} {w.version}" for part in lock.platforms for w in part.wheels]

    first = lock()
    assert read_lock(bench.project / FILE_NAME) == first
    assert {deb.role for deb in first.platforms[0].debs} == {"base"}
    wheel(bench.wheels, "one", "2.0")
    wheel(bench.wheels, "two", "1.0")
    assert lock() == first
    both = lock("linux/arm64")
    assert [part.platform for part in both.platforms] == ["linux/amd64", "linux/arm64"]
    assert versions(both) == ["one 1.0", "one 1.0"]
    bench.require("one\ntwo\n")
    assert versions(lock()) == ["one 1.0", "two 1.0"]
    assert versions(lock(upgrade=True)) == ["one 2.0", "two 1.0"]
