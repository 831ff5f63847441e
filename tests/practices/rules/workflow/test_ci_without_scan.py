"""Images that are pushed and never scanned."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("ci-without-scan", path=".github/workflows/ci.yml")
GITLAB = Judge("ci-without-scan", path=".gitlab-ci.yml")


def image(*steps: str) -> str:
    return "on: push\njobs:\n  image:\n    steps:\n" + "".join(f"    - {it}\n" for it in steps)


def test_a_push_without_a_scan_is_found() -> None:
    text = image("run: docker push a:1", "run: docker push b:1")

    assert JUDGE.messages(text) == ["`image` pushes an image, and nothing scans it"]
    assert JUDGE.places(text) == ["docker push a:1"]
    assert GITLAB.messages("ship: {script: [docker push a]}\n") == [
        "`ship` pushes an image, and nothing scans it"
    ]


@pytest.mark.parametrize(
    "text",
    [
        image("run: docker push a:1", "uses: anchore/scan-action@v6"),
        image("run: docker push a:1", "run: trivy image a:1"),
        image("run: docker build ."),
        image("run: docker push a:1") + "  other:\n    uses: ./.github/workflows/x.yml\n",
        "on: push\n",
        "",
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_another_workflow_may_do_it() -> None:
    other = {".github/workflows/other.yml": image("run: trivy image a:1")}
    judge = Judge(JUDGE.name, path=JUDGE.path, files=other)

    assert judge.messages(image("run: docker push a:1")) == []
