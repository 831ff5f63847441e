"""Workflows: pinned, with the least rights, and in the order check, try, scan, push, promote."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml
from tests.render.plans import api_plan, gpu_plan, stack_plan, url_plan

from boxwright.plan.model import Plan
from boxwright.practices.check import check_tree
from boxwright.project.tree import MemoryTree
from boxwright.render.model import Part, Surroundings
from boxwright.render.workflow import render_workflow
from boxwright.render.workflow.commands import with_extra

PLANS = [api_plan, gpu_plan, stack_plan, url_plan]


INSTALLED = ["", "boxwright==1.0"]


def rendered(plan: Plan, ci: str, boxwright: str = "", **more: Any) -> str:  # noqa: ANN401 (of Surroundings)
    around = Surroundings(
        ci=ci, version="1.0", tests="uv run --locked pytest", boxwright=boxwright, **more
    )
    return "".join(file.text for file in render_workflow(plan, around))


def commands(text: str) -> list[str]:
    """Return the lines that run Boxwright, those of the first job left out."""
    lines = [line.strip().removeprefix("- ").removeprefix("run: ") for line in text.splitlines()]
    found = (re.search(r"(?:^|\$\()(boxwright [^)]*)", line) for line in lines)
    return [each[1] for each in found if each is not None]


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
@pytest.mark.parametrize("boxwright", INSTALLED)
def test_nothing_is_found_in_it(plan, ci: str, boxwright: str) -> None:
    path = ".github/workflows/container.yml" if ci == "github" else ".gitlab-ci.yml"
    tree = MemoryTree({path: rendered(plan(), ci, boxwright).encode()})
    checked = check_tree(tree, today=date(2026, 12, 1))
    assert list(checked) == [path]
    assert [f"{each.rule}: {each.message}" for each in checked[path].findings] == []


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("boxwright", INSTALLED)
def test_its_scripts_are_shell(plan, ci: str, boxwright: str) -> None:
    found = list(scripts(yaml.safe_load(rendered(plan(), ci, boxwright))))
    assert len(found) >= 5
    for script in found:
        plain = re.sub(r"\$\{\{.*?\}\}", "x", script)
        done = subprocess.run(["bash", "-n"], input=plain, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("boxwright", INSTALLED)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(boxwright: str) -> None:
    text = rendered(stack_plan(), "github", boxwright)
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


@pytest.mark.parametrize("boxwright", INSTALLED)
def test_only_jobs_that_push_may_write_packages(boxwright: str) -> None:
    document = yaml.safe_load(rendered(api_plan(), "github", boxwright))
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


def test_with_boxwright_an_image_goes_its_way_by_its_digest() -> None:
    text = rendered(api_plan(), "github", "boxwright==1.0")

    assert commands(text) == [
        'boxwright push --to "$IMAGE"',
        'boxwright build --load --tag "$built"',
        'boxwright run --smoke "$BUILT"',
        "boxwright advisories update",
        'boxwright scan --only-fixed --format sarif --output scan.sarif "$BUILT"',
        'boxwright sign --keyless "$BUILT"',
        "boxwright advisories update",
        'boxwright promote "$IMAGE:git-$GITHUB_SHA" "$version"',
    ]
    assert "run: uv tool install --quiet 'boxwright[keyless]==1.0'" in text
    assert "docker/build-push-action" not in text
    assert "trivy" not in text


def test_with_boxwright_gitlab_goes_the_same_way() -> None:
    text = rendered(api_plan(), "gitlab", "boxwright==1.0")

    reference = '"$IMAGE:git-$CI_COMMIT_SHA"'
    assert commands(text) == [
        'boxwright push --to "$IMAGE"',
        f"boxwright run --smoke {reference}",
        "boxwright advisories update",
        f"boxwright scan --only-fixed {reference}",
        f"boxwright sign --keyless {reference}",
        "boxwright advisories update",
        f'boxwright promote {reference} "$version"',
    ]
    document = yaml.safe_load(text)
    stages = {name: job["stage"] for name, job in document.items() if "stage" in job}
    assert stages == {
        "check": "check",
        "build": "build",
        "try": "try",
        "scan": "try",
        "sign": "release",
        "promote": "release",
    }
    assert document["sign"]["id_tokens"] == {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}}
    assert "trivy" not in text


def test_only_the_job_that_signs_may_say_who_it_is() -> None:
    jobs = yaml.safe_load(rendered(api_plan(), "github", "boxwright==1.0"))["jobs"]

    may = {name: job.get("permissions", {}).get("id-token") for name, job in jobs.items()}
    assert may == {"check": None, "image": "write", "promote": None}


def test_a_pull_request_pushes_and_signs_nothing() -> None:
    jobs = yaml.safe_load(rendered(stack_plan(), "github", "boxwright==1.0"))["jobs"]

    pushed = "github.event_name == 'push'"
    for step in jobs["image"]["steps"]:
        if "sign" in step.get("run", "") or "login" in step.get("uses", "") or "with" in step:
            is_any = "checkout" in step.get("uses", "")
            assert is_any or pushed in step["if"], step
    (build,) = (step for step in jobs["image"]["steps"] if step.get("name") == "Build")
    before, behind = build["run"].split("else\n")
    assert before.startswith('if [ "$GITHUB_EVENT_NAME" = push ]; then\n')
    assert "boxwright push" not in behind


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_target_that_only_the_dockerfile_has_is_still_built_from_it(ci: str) -> None:
    text = rendered(stack_plan(), ci, "boxwright==1.0")

    assert "docker" in text
    assert text.count('for image in "$IMAGE-train"; do') == 2
    assert "boxwright promote" in text
    assert '"$IMAGE:candidate' not in text


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_what_needs_others_or_credentials_is_tried_with_them(ci: str) -> None:
    text = rendered(url_plan(), ci, "boxwright==1.0")

    assert "docker compose --file compose.yaml up --wait" in text
    assert "run --smoke" not in text


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_without_a_gpu_the_interpreter_is_started(ci: str) -> None:
    text = rendered(gpu_plan(), ci, "boxwright==1.0")

    assert "boxwright run --cpu --entrypoint /opt/venv/bin/python" in text
    assert "run --smoke" not in text


def test_each_project_of_several_is_built_from_its_folder() -> None:
    parts = tuple(
        Part(plan=api_plan(), name=name, folder=f"services/{name}", context=f"services/{name}")
        for name in ("api", "web")
    )

    text = rendered(api_plan(), "github", "boxwright==1.0", parts=parts)

    assert [line for line in commands(text) if "push" in line] == [
        'boxwright push services/api --to "$IMAGE-api"',
        'boxwright push services/web --to "$IMAGE-web"',
    ]
    assert 'boxwright run --smoke "$BUILT_API"' in text
    assert 'echo "BUILT_WEB=$built" >>"$GITHUB_ENV"' in text


@pytest.mark.parametrize(
    ("ci", "identity", "issuer"),
    [
        (
            "github",
            "https://github.com/acme/digits/.github/workflows/container.yml@refs/heads/trunk",
            "https://token.actions.githubusercontent.com",
        ),
        (
            "gitlab",
            "https://gitlab.com/acme/digits//.gitlab-ci.yml@refs/heads/trunk",
            "https://gitlab.com",
        ),
    ],
)
def test_whose_signature_counts_is_said(ci: str, identity: str, issuer: str) -> None:
    text = rendered(
        api_plan(),
        ci,
        "boxwright==1.0",
        repository=f"{ci}.com/acme/digits",
        default_branch="trunk",
    )

    assert f'# promote.identity = "{identity}"\n' in text
    assert f'# promote.issuer = "{issuer}"\n' in text


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("boxwright", "boxwright[keyless]"),
        ("boxwright ~= 1.0", "boxwright[keyless] ~= 1.0"),
        ("boxwright[sign,tui]==1.0", "boxwright[sign,tui,keyless]==1.0"),
        ("boxwright @ git+https://g.io/b@v1", "boxwright[keyless] @ git+https://g.io/b@v1"),
        ("dist/boxwright-1.0-py3-none-any.whl", "dist/boxwright-1.0-py3-none-any.whl"),
        ("git+https://g.io/b@v1", "git+https://g.io/b@v1"),
        ("./boxwright", "./boxwright"),
    ],
)
def test_a_requirement_gets_what_signing_needs(requirement: str, expected: str) -> None:
    assert with_extra(requirement, "keyless") == expected


def test_nothing_is_rendered_where_nobody_builds() -> None:
    assert rendered(api_plan(), "") == ""
