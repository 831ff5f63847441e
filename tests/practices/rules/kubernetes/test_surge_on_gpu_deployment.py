"""Rollouts that need more GPUs than there may be."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import workload

JUDGE = Judge("surge-on-gpu-deployment", path="deployment.yaml")
GPU = "resources: {limits: {nvidia.com/gpu: 1}}"


@pytest.mark.parametrize(
    ("top", "pods"),
    [
        ("", "the old pod"),
        ("replicas: 3", "one of the 3 old pods"),
        ("replicas: 8\nstrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
         "one of the 8 old pods"),
        ("strategy: {type: RollingUpdate}", "the old pod"),
    ],
)  # fmt: skip
def test_rollouts_that_wait_for_a_gpu_are_found(top: str, pods: str) -> None:
    assert JUDGE.messages(workload(GPU, top=top)) == [
        f"a rollout of `api` needs another `nvidia.com/gpu` before {pods} may stop"
    ]


@pytest.mark.parametrize(
    "text",
    [
        workload(GPU, top="replicas: 4"),
        workload(GPU, top="strategy: {type: Recreate}"),
        workload(GPU, top="strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"),
        workload(
            GPU, top="strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 50%}}\nreplicas: 2"
        ),
        workload(GPU, kind="StatefulSet"),
        workload(GPU, top="replicas: 0"),
        workload(),
        workload("resources: {limits: {nvidia.com/gpu: 0}}"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("replicas: 2", "replicas: 2"),
        ("strategy:\n  type: RollingUpdate", "strategy:\n    type: RollingUpdate"),
        ("strategy:\n  rollingUpdate:\n    maxSurge: 1", ""),
    ],
)
def test_fix(before: str, after: str) -> None:
    fixed = JUDGE.fixed(workload(GPU, top=before))

    assert after in fixed
    assert "  rollingUpdate:\n      maxSurge: 0\n      maxUnavailable: 1\n" in fixed
    assert JUDGE.fixed(workload(GPU, top=before), unsafe=False) == workload(GPU, top=before)
