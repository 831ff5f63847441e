"""Jobs without an end."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import workload

JUDGE = Judge("unbounded-job", path="job.yaml")
GPU = "resources: {limits: {nvidia.com/gpu: 1}}"
BOTH = "warning: `api` is tried seven times with its GPUs and stays when it is done"
CRON = (
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  jobTemplate:\n"
    "    spec:\n      template: {spec: {containers: [{name: a, image: b, RESOURCES}]}}\n"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (workload(GPU, kind="Job"),
         f"{BOTH}: it has no `backoffLimit` and no `ttlSecondsAfterFinished`"),
        (workload(GPU, top="ttlSecondsAfterFinished: 0", kind="Job"),
         "warning: `api` is tried seven times with its GPUs: it has no `backoffLimit`"),
        (workload("", kind="Job"),
         "info: `api` stays when it is done: it has no `ttlSecondsAfterFinished`"),
        (CRON.replace("RESOURCES", GPU),
         "warning: `nightly` is tried seven times with its GPUs: it has no `backoffLimit`"),
    ],
)  # fmt: skip
def test_jobs_without_an_end_are_found(text: str, found: str) -> None:
    assert [f"{it.severity}: {it.message}" for it in JUDGE.findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        workload(GPU, top="backoffLimit: 0\nttlSecondsAfterFinished: 60", kind="Job"),
        workload(GPU, top="activeDeadlineSeconds: 60\nttlSecondsAfterFinished: 60", kind="Job"),
        CRON.replace("RESOURCES", "args: []"),
        workload(GPU),
        workload("", kind="Job").replace(
            "  name: api\n", "  annotations: {helm.sh/hook: test}\n", 1
        ),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_fix() -> None:
    text = workload(GPU, kind="Job").replace("\n", "\r\n")

    added = "  backoffLimit: 1\r\n  ttlSecondsAfterFinished: 86400\r\n"
    assert JUDGE.fixed(text) == text + added
    assert JUDGE.fixed(text, unsafe=False) == text
