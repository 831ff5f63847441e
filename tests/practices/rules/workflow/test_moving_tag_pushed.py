"""Images that are pushed under a tag that moves."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("moving-tag-pushed", path=".github/workflows/ci.yml")
GITLAB = Judge("moving-tag-pushed", path=".gitlab-ci.yml")


def pushed(*references: str) -> str:
    steps = "".join(f"    - run: docker push {reference}\n" for reference in references)
    return f"on: push\njobs:\n  image:\n    steps:\n{steps}"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (pushed("a/b:latest"), ["`b` is pushed as `latest` and under no tag that stays"]),
        (pushed("a/b"), ["`b` is pushed as `latest` and under no tag that stays"]),
        (pushed("localhost:5000/b:main", "localhost:5000/c:1"),
         ["`b` is pushed as `main` and under no tag that stays"]),
        (pushed("ghcr.io/a/b:latest", "ghcr.io/a/b:stable"),
         ["`b` is pushed as `latest` and under no tag that stays"]),
    ],
)  # fmt: skip
def test_tags_that_move_are_found(text: str, messages: list[str]) -> None:
    assert JUDGE.messages(text) == messages


@pytest.mark.parametrize(
    "text",
    [
        pushed("a/b:latest", "a/b:1.4"),
        pushed("a/b:latest", "a/b:${{ github.sha }}"),
        pushed("a/b:$TAG"),
        pushed("$IMAGE"),
        pushed("a/b:latest", "$IMAGE"),
        pushed("a/b:buildcache-latest"),
        "on: push\njobs:\n  a:\n    steps:\n    - run: docker compose push\n",
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_name_of_the_project_has_no_tag() -> None:
    text = "ship: {script: [docker push $CI_REGISTRY_IMAGE]}\n"

    assert GITLAB.messages(text) == [
        "`$CI_REGISTRY_IMAGE` is pushed as `latest` and under no tag that stays"
    ]
    assert GITLAB.messages(text.replace("IMAGE", "IMAGE:$CI_COMMIT_SHA")) == []
