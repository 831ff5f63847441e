"""Workflows: pinned, with the least rights, and in the order check, try, scan, push, promote."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import date

import pytest
import yaml
from tests.render.plans import api_plan, gpu_plan, stack_plan, url_plan

from boxwright.plan.model import Plan
from boxwright.practices.check import check_tree
from boxwright.project.tree import MemoryTree
from boxwright.render.model import Surroundings
from boxwright.render.workflow import render_workflow

PLANS = [api_plan, gpu_plan, stack_plan, url_plan]


def rendered(plan: Plan, ci: str, boxwright: str = "") -> str:
    around = Surroundings(ci=ci, version="1.0", tests="uv run --locked pytest", boxwright=boxwright)
    return "".join(file.text for file in render_workflow(plan, around))


def scripts(document: object) -> Iterator[str]:
    """Yield the shell scripts of a workflow."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "run":
                yield value
            elif key in ("script", "before_script"):
                yield "\n".join(value)
            else:
                yield from scripts(value)
    elif isinstance(document, list):
        for item in document:
            yield from scripts(item)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("plan", PLANS)
def test_nothing_is_found_in_it(plan, ci: str) -> None:
    path = ".github/workflows/container.yml" if ci == "github" else ".gitlab-ci.yml"
    tree = MemoryTree({path: rendered(plan(), ci).encode()})
    checked = check_tree(tree, today=date(2026, 12, 1))
    assert list(checked) == [path]
    assert [f"{each.rule}: {each.message}" for each in checked[path].findings] == []


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("plan", PLANS)
def test_its_scripts_are_shell(plan, ci: str) -> None:
    found = list(scripts(yaml.safe_load(rendered(plan(), ci, boxwright="boxwright==1.0"))))
    assert len(found) >= 5
    for script in found:
        plain = re.sub(r"\$\{\{.*?\}\}", "x", script)
        done = subprocess.run(["bash", "-n"], input=plain, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr


def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it() -> None:
    text = rendered(stack_plan(), "github", boxwright="boxwright==1.0")
    used = re.findall(r"uses: (.*)", text)
    assert len(used) >= 8
    for reference in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", reference)


def test_an_image_is_pushed_only_after_it_was_tried_and_scanned() -> None:
    jobs = yaml.safe_load(rendered(stack_plan(), "github"))["jobs"]
    names = [step.get("name", "") for step in jobs["image"]["steps"]]
    order = [names.index(name) for name in ("Build", "Try it", "Scan it", "Push")]
    assert order == sorted(order)
    assert jobs["image"]["needs"] == "check"
    assert [step.get("if") for step in jobs["image"]["steps"]][-1] == "github.event_name == 'push'"


def test_only_jobs_that_push_may_write_packages() -> None:
    document = yaml.safe_load(rendered(api_plan(), "github"))
    assert document["permissions"] == {"contents": "read"}
    may = {
        name: job.get("permissions", {}).get("packages") for name, job in document["jobs"].items()
    }
    assert may == {"check": None, "image": "write", "promote": "write"}


def test_a_release_builds_nothing_and_moves_no_version() -> None:
    job = yaml.safe_load(rendered(api_plan(), "github"))["jobs"]["promote"]
    script = job["steps"][-1]["run"]
    assert "imagetools create" in script
    assert "exit 1" in script
    assert "build" not in " ".join(step.get("run", "") for step in job["steps"]).replace(
        "buildx", ""
    )


def test_no_secret_of_the_project_is_needed_to_try_it() -> None:
    text = rendered(url_plan(), "github")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"GITHUB_TOKEN"}


def test_nothing_is_rendered_where_nobody_builds() -> None:
    assert rendered(api_plan(), "") == ""
