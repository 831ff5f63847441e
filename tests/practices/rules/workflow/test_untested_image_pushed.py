"""Images that are pushed and never started."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("untested-image-pushed", path=".github/workflows/ci.yml")
GITLAB = Judge("untested-image-pushed", path=".gitlab-ci.yml")


def image(*steps: str, on: str = "push") -> str:
    return f"on: {on}\njobs:\n  image:\n    steps:\n" + "".join(f"    - {it}\n" for it in steps)


def test_a_push_without_a_test_is_found() -> None:
    message = "`image` pushes an image, and nothing tests or starts it"

    assert JUDGE.messages(image("run: docker build .", "run: docker push a:1")) == [message]
    assert GITLAB.messages("image-job: {script: [docker push a]}\n") == [
        message.replace("image`", "image-job`")
    ]


@pytest.mark.parametrize(
    "text",
    [
        image("run: pytest", "run: docker push a:1"),
        image("run: docker run --rm a:1", "run: docker push a:1"),
        image("run: docker push a:1", on="workflow_call"),
        image("run: docker push a:1", on="{workflow_run: {workflows: [CI]}}"),
        image("run: docker push a:1") + "  test:\n    uses: ./.github/workflows/x.yml\n",
        image("run: docker build ."),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_another_workflow_may_do_it() -> None:
    other = {".github/workflows/other.yml": image("run: pytest")}
    judge = Judge(JUDGE.name, path=JUDGE.path, files=other)

    assert judge.messages(image("run: docker push a:1")) == []
