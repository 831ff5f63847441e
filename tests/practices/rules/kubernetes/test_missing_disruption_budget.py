"""Replicas that may all be evicted at once."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import together, workload

JUDGE = Judge("missing-disruption-budget", path="deployment.yaml")
BUDGET = (
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\n"
    "spec: {maxUnavailable: 1, selector: {matchLabels: {app: api}}}\n"
)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_replicas_without_a_budget_are_found(kind: str) -> None:
    assert JUDGE.messages(workload(top="replicas: 3", kind=kind)) == [
        "nothing keeps one of the 3 replicas of `api` up"
    ]


@pytest.mark.parametrize(
    "text",
    [
        together(workload(top="replicas: 3"), BUDGET),
        workload(top="replicas: 1"),
        workload(),
        workload(kind="DaemonSet"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
