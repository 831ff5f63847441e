"""
Projects as one meets them: what is true of each, and the whole plan of it.

`projects/NAME.txt` is a project (see `shapes.py`), `NAME.toml` says by hand what is true of
it (see `expectation.py`), `NAME.plan.json` is the whole plan as it is made now. With
`BOXWRIGHT_UPDATE=1` in the environment the last ones are written anew:

    BOXWRIGHT_UPDATE=1 python -m pytest tests/detection
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from tests.detection.expectation import ERROR, compared, read_expectation, seen_in
from tests.detection.golden import golden_text
from tests.detection.shapes import HERE, shapes, write_shape

from boxwright.errors import BoxwrightError
from boxwright.plan.document import from_dict, to_dict
from boxwright.plan.make import make_plan
from boxwright.plan.model import Plan
from boxwright.practices.check import check_tree
from boxwright.project.context import find_ignored
from boxwright.project.facts import Project
from boxwright.project.inspect import inspect, open_tree
from boxwright.project.settings_file import read_settings
from boxwright.project.views import Overlay
from boxwright.project.workspace import find_workspace
from boxwright.render.bundle import render
from boxwright.render.dockerignore import needed_files
from boxwright.render.model import Surroundings
from boxwright.settings import Settings

UPDATE = os.environ.get("BOXWRIGHT_UPDATE") == "1"
UNLOCKED = ("requirements", "pyproject", "imports", "environment.yml", "pixi.toml", "Pipfile",
            "setup.py", "setup.cfg")  # fmt: skip
TRUE_FINDINGS = {
    # The project wants that Python, which has no newer image.
    "conda-cudatoolkit": {"end-of-life-base"},
    "notebook-and-scripts": {"end-of-life-base"},
    # What it pins has wheels for no Python of today.
    "python-two": {"end-of-life-base"},
    # The weights are indeed not there.
    "lfs-pointers": {"large-file-pointer-copied"},
    # By its name it ends; what it calls does not.
    "prefect-flow": {"restart-always-on-job"},
}
"""What is rightly found in the files of a project, or cannot be known better from them alone."""
LOCK = "idna==3.11 \\\n    --hash=sha256:" + "0" * 64 + "\n"

each_shape = pytest.mark.parametrize("name", shapes())
each_whole = pytest.mark.parametrize(
    "name", [name for name in shapes() if "folder" not in read_expectation(HERE / f"{name}.toml")]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A project in a folder, and what was made of it."""

    folder: Path
    settings: Settings
    project: Project | None = None
    plan: Plan | None = None
    error: BoxwrightError | None = None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """Make the plan of a project by its name; once."""
    parent = tmp_path_factory.mktemp("projects")

    @functools.cache
    def make(name: str) -> Made:
        wanted = read_expectation(HERE / f"{name}.toml")
        (parent / name).mkdir()
        root = write_shape(wanted.get("project", name), parent / name)
        folder = root / wanted.get("folder", "")
        settings = Settings()
        project: Project | None = None
        try:
            settings = read_settings(folder)
            project = _inspected(folder, settings)
            plan = make_plan(project, settings)
        except BoxwrightError as error:
            return Made(folder=folder, settings=settings, project=project, error=error)
        return Made(folder=folder, settings=settings, project=project, plan=plan)

    return make


def _inspected(folder: Path, settings: Settings) -> Project:
    tree = open_tree(folder, settings, whole=True)
    return inspect(tree, settings, workspace=find_workspace(folder))


@each_shape
def test_what_is_true_of_a_project_is_in_its_plan(name: str, made) -> None:
    wanted = read_expectation(HERE / f"{name}.toml")
    found: Made = made(name)

    if "error" in wanted:
        assert found.plan is None, "there is a plan"
        assert found.error is not None
        said = {"error": found.error.message, "hint": found.error.hint}
        missing = [part for key in ERROR for part in wanted[key] if part not in said[key]]
        assert missing == [], said
        return
    if found.error is not None:
        raise found.error
    assert found.plan is not None
    assert found.project is not None
    left, right = compared(wanted, seen_in(found.plan, found.project))
    assert right == left


@each_shape
def test_the_whole_plan_is_as_it_was_reviewed(name: str, made) -> None:
    found: Made = made(name)
    golden = HERE / f"{name}.plan.json"
    text = _golden_of(found)
    if UPDATE:
        golden.write_text(text, "utf-8")

    assert text == golden.read_text("utf-8")
    if found.plan is not None:
        assert from_dict(json.loads(text)) == found.plan


def _golden_of(found: Made) -> str:
    if found.plan is not None:
        return golden_text(found.plan)
    error = found.error
    assert error is not None
    message = error.message.replace(str(found.folder), found.folder.name)
    said = {"error": type(error).__name__, "message": message, "hint": error.hint}
    return f"{json.dumps(said, ensure_ascii=False, indent=1)}\n"


@each_shape
def test_the_same_project_has_the_same_plan(name: str, made) -> None:
    found: Made = made(name)
    if found.plan is None:
        return
    again = make_plan(_inspected(found.folder, found.settings), found.settings)

    assert again == found.plan
    assert from_dict(json.loads(json.dumps(to_dict(again)))) == again


@each_whole
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_nothing_is_found_in_what_is_rendered(name: str, ci: str, made) -> None:
    found: Made = made(name)
    if found.plan is None:
        return
    files = render(
        found.plan, _surroundings(found, ci), requirements=LOCK if _is_unlocked(found.plan) else ""
    )
    written = {file.path: file.text.encode() for file in files}
    tree = Overlay(open_tree(found.folder, found.settings, whole=True), written)
    checked = check_tree(tree, today=date(2026, 12, 1))

    findings = [
        f"{path}:{finding.span}: {finding.rule}: {finding.message}"
        for path, each in checked.items()
        if path in written
        for finding in each.findings
        if finding.rule not in TRUE_FINDINGS.get(name, ())
    ]
    failures = [failure for each in checked.values() for failure in each.failures]
    assert (findings, failures) == ([], [])


def _is_unlocked(plan: Plan) -> bool:
    return plan.dependencies.source in UNLOCKED and not plan.dependencies.hashed


def _surroundings(found: Made, ci: str) -> Surroundings:
    assert found.plan is not None
    plan = found.plan
    images = plan.images
    names = [each.image for each in plan.companions]
    shipped = (*plan.application.files, *plan.application.models)
    if images is not None:
        names += [name for name in (images.python, images.uv, images.runtime) if name]
    return Surroundings(
        version="1.0",
        plan_digest=f"sha256:{'0' * 64}",
        digests=dict.fromkeys(names, f"sha256:{'1' * 64}"),
        ignored=find_ignored(found.folder, shipped, needed_files(plan, Surroundings())),
        requirements_lock=_is_unlocked(plan),
        repository="github.com/acme/project",
        ci=ci,
    )
