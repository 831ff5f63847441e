"""What workflows do with images."""

from __future__ import annotations

import pytest

from boxwright.practices.image_publishing import build_arguments, has_scan, has_tests, pushes
from boxwright.practices.workflow_file import Workflow
from boxwright.text.source import Source


def steps(*items: str) -> Workflow:
    text = "on: push\njobs:\n  a:\n    steps:\n" + "".join(f"    - {item}\n" for item in items)
    return Workflow.of("ci.yml", Source("ci.yml", text), kind="github")


def gitlab(text: str) -> Workflow:
    return Workflow.of(".gitlab-ci.yml", Source("ci.yml", text), kind="gitlab")


@pytest.mark.parametrize(
    ("step", "references"),
    [
        ("run: docker push a/b:1", ["a/b:1"]),
        ('run: docker image push "a/b:${{ github.sha }}"', ["a/b:${{ github.sha }}"]),
        ("run: docker buildx build --push -t a:1 --tag=a:2 .", ["a:1", "a:2"]),
        ("run: docker compose push", []),
        ("run: buildah push a docker://b", ["a"]),
        ("run: /kaniko/executor --context . --destination a:1", ["a:1"]),
        (
            "{uses: docker/build-push-action@v6, with: {push: true, tags: 'a:1, a:2'}}",
            ["a:1", "a:2"],
        ),
        ("{uses: docker/build-push-action@v6, with: {push: '${{ x }}', tags: a}}", ["a"]),
        ("{uses: docker/build-push-action@v6, with: {outputs: 'type=registry', tags: a}}", ["a"]),
        ("{uses: docker/bake-action@v6, with: {push: true}}", []),
        ("run: built=$(boxwright push --to ghcr.io/a/b)", []),
    ],
)
def test_pushes_are_seen(step: str, references: list[str]) -> None:
    (push,) = pushes(steps(step))

    assert [text for text, _ in push.references] == references
    source = push.step.job.workflow.source.text
    assert all(text in source[slice(*span)] for text, span in push.references)


@pytest.mark.parametrize(
    "step",
    [
        "run: docker build -t a .",
        "run: git push",
        "run: docker compose up",
        "{uses: docker/build-push-action@v6, with: {push: false, tags: a}}",
        "{uses: docker/build-push-action@v6, with: {tags: a}}",
    ],
)
def test_what_pushes_no_image_is_none(step: str) -> None:
    assert pushes(steps(step)) == ()


@pytest.mark.parametrize(
    ("workflow", "known"),
    [
        (steps("uses: aquasecurity/trivy-action@0.28"), True),
        (steps("run: grype a:1"), True),
        (steps("run: docker scout cves a:1"), True),
        (steps("run: boxwright scan a.tar"), True),
        (steps("run: trivy config ."), False),
        (steps("run: docker push a"), False),
        (gitlab("include:\n  - template: Jobs/Container-Scanning.gitlab-ci.yml\n"), True),
        (gitlab("include: other.yml\n"), None),
    ],
)
def test_scans_are_seen(workflow: Workflow, known: bool | None) -> None:
    assert has_scan(workflow) is known


@pytest.mark.parametrize(
    ("workflow", "known"),
    [
        (steps("run: uv run pytest -q"), True),
        (steps("run: make test"), True),
        (steps("run: docker run --rm a"), True),
        (steps("run: docker compose -f x.yaml up -d"), True),
        (steps("run: docker build --target test ."), True),
        (steps("run: ./scripts/test.sh"), True),
        (steps("run: boxwright run --smoke a:1"), True),
        (steps("run: boxwright run a:1"), False),
        (steps("{name: Smoke test, run: curl localhost}"), True),
        (steps("uses: actions/checkout@v5", "run: docker build ."), False),
        (gitlab("unit-tests: {script: [a]}\n"), True),
        (gitlab("a: {script: [docker push a]}\n"), False),
    ],
)
def test_tests_are_seen(workflow: Workflow, known: bool) -> None:
    assert has_tests(workflow) is known


def test_who_is_called_by_others_may_be_tested_there() -> None:
    text = "on:\n  workflow_run: {}\njobs: {a: {steps: [{run: docker push a}]}}\n"

    assert has_tests(Workflow.of("ci.yml", Source("ci.yml", text), kind="github")) is None


def test_build_arguments_are_seen() -> None:
    workflow = steps(
        "{uses: docker/build-push-action@v6, with: {build-args: 'A=${{ secrets.B }}'}}",
        'run: docker build --build-arg C="$D" --build-arg=E --build-arg F=${{ g }} .',
    )

    found = [build_arguments(step) for step in workflow.steps]

    assert [[(it.name, it.value) for it in items] for items in found] == [
        [("A", "${{ secrets.B }}")],
        [("C", "$D"), ("F", "${{ g }}"), ("E", "")],
    ]
