"""Workflows and pipelines as rules see them."""

from __future__ import annotations

import pytest

from boxwright.practices.workflow_file import Workflow
from boxwright.text.source import Source


def workflow(text: str, kind: str = "github") -> Workflow:
    return Workflow.of("ci.yml", Source("ci.yml", text), kind=kind)


def test_a_workflow_has_jobs_with_steps() -> None:
    found = workflow(
        "on: push\n"
        "jobs:\n"
        "  build:\n"
        "    runs-on: ubuntu-24.04\n"
        "    steps:\n"
        "      - uses: actions/checkout@v5\n"
        "      - name: Build\n"
        "        run: |\n"
        "          docker build -t app:${{ github.sha }} .\n"
        "          docker push app\n"
        "      - run: Get-Item x\n"
        "        shell: pwsh\n"
        "      - {uses: Docker/build-push-action@v6, with: {push: true}}\n"
    )

    assert [job.name for job in found.jobs] == ["build"]
    assert [step.key for step in found.steps] == ["uses", "run", "run", "uses"]
    assert [step.name for step in found.steps] == ["", "Build", "", ""]
    assert [
        [found.source.text[slice(*word.span)] for word in command.words]
        for _, command in found.commands_of("docker")
    ] == [
        ["docker", "build", "-t", "app:${{ github.sha }}", "."],
        ["docker", "push", "app"],
    ]
    inputs = found.steps_using("docker/build-push-action")[0].inputs
    assert inputs is not None
    assert inputs.keys() == ("push",)


@pytest.mark.parametrize(
    ("uses", "is_pinned"),
    [
        ("actions/checkout@v5", False),
        ("actions/checkout", False),
        ("actions/checkout@" + "0a" * 20, True),
        ("./local", True),
        ("docker://alpine:3", False),
        ("docker://alpine@sha256:" + "0" * 64, True),
    ],
)
def test_an_action_is_pinned_or_not(uses: str, is_pinned: bool) -> None:
    action = workflow(f"jobs: {{a: {{steps: [{{uses: '{uses}'}}]}}}}").steps[0].action

    assert action is not None
    assert action.is_pinned is is_pinned


def test_a_shell_may_be_said_for_all_steps() -> None:
    text = "jobs: {a: {steps: [{run: docker build .}]}}\n"

    assert len(workflow(text).commands) == 1
    assert workflow("defaults: {run: {shell: pwsh}}\n" + text).commands == ()
    assert workflow(text.replace("{steps", "{runs-on: windows-2025, steps")).commands == ()


def test_a_pipeline_of_gitlab_has_jobs_with_scripts() -> None:
    found = workflow(
        "spec: {inputs: {}}\n"
        "---\n"
        "stages: [build]\n"
        "default: {before_script: [docker login]}\n"
        ".base:\n"
        "  script: docker build .\n"
        "  image: docker:28\n"
        "build:\n"
        "  extends: .base\n"
        "test:\n"
        "  before_script: []\n"
        "  script: [pytest, [docker ps, docker info]]\n",
        "gitlab",
    )

    assert [job.name for job in found.jobs] == ["build", "test"]
    assert [
        (step.job.name, step.key, [it.program for it in step.commands]) for step in found.steps
    ] == [
        ("build", "before_script", ["docker"]),
        ("build", "script", ["docker"]),
        ("test", "script", ["pytest", "docker", "docker"]),
    ]
    image = found.jobs[0].get("image")
    assert image is not None
    assert image.raw == "docker:28"


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize(
    "text", ["", "[", "1", "jobs: 1", "jobs: {a: [], b: {steps: 1}, c: {steps: [1, {run: {}}]}}"]
)
def test_a_file_that_makes_no_sense_says_nothing(text: str, kind: str) -> None:
    assert workflow(text, kind).commands == ()


def test_jobs_that_extend_each_other_end() -> None:
    found = workflow("a: {extends: b, script: x}\nb: {extends: [a, b]}\n", "gitlab")

    assert [len(job.layers) for job in found.jobs] == [2, 2]
