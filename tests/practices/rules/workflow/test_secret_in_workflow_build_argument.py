"""Secrets of workflows that become build arguments."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("secret-in-workflow-build-argument", path=".github/workflows/ci.yml")
GITLAB = Judge("secret-in-workflow-build-argument", path=".gitlab-ci.yml")


def step(text: str) -> str:
    return f"on: push\njobs:\n  image:\n    steps:\n    - {text}\n"


def action(arguments: str) -> str:
    return step(f"{{uses: docker/build-push-action@v6, with: {{build-args: '{arguments}'}}}}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (action("A=1, B=${{ secrets.HF }}"),
         "the build argument `B` puts the secret `HF` into the image's history"),
        (step("run: docker build --build-arg GH=${{ secrets.GH_PAT }} ."),
         "the build argument `GH` puts the secret `GH_PAT` into the image's history"),
        (step("run: docker buildx build --build-arg TOKEN=${{ github.token }} ."),
         "the build argument `TOKEN` puts the token of the workflow into the image's history"),
        (step("run: docker build --build-arg HF_TOKEN ."),
         "the build argument `HF_TOKEN` puts a credential into the image's history"),
        (step("run: docker build --build-arg DB_PASSWORD=$DB ."),
         "the build argument `DB_PASSWORD` puts a credential into the image's history"),
    ],
)  # fmt: skip
def test_secrets_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


def test_the_token_of_a_gitlab_job_is_found() -> None:
    text = "ship: {script: ['docker build --build-arg T=$CI_JOB_TOKEN .']}\n"

    assert GITLAB.messages(text) == [
        "the build argument `T` puts the token of the job into the image's history"
    ]


@pytest.mark.parametrize(
    "text",
    [
        action("VERSION=${{ github.sha }}"),
        action("MAX_TOKENS=512"),
        step("run: docker build --secret id=hf,env=HF_TOKEN ."),
        step("run: docker build --build-arg GIT_SHA=$GITHUB_SHA ."),
        step("run: echo --build-arg HF_TOKEN"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
