"""Pods that no network policy is about."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, together, workload

JUDGE = Judge("unisolated-pod", path="pod.yaml")


def policy(selector: str, namespace: str = "") -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: p, namespace: {namespace}}}\nspec: {{podSelector: {selector}}}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        workload(),
        together(workload(), policy("{matchLabels: {app: web}}")),
        together(workload().replace("  name: api\n", "  namespace: ml\n  name: api\n", 1),
                 policy("{matchLabels: {app: api}}", "web")),
    ],
)  # fmt: skip
def test_pods_without_a_policy_are_found(text: str) -> None:
    assert JUDGE.messages(text) == ["no network policy selects the pods of `api`"]


@pytest.mark.parametrize(
    "text",
    [
        together(workload(), policy("{matchLabels: {app: api}}")),
        together(workload(), policy("{matchLabels: {}}")),
        together(workload(), policy("{}")),
        together(workload(), policy("{matchExpressions: [{key: app, operator: Exists}]}")),
        pod("", "hostNetwork: true"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
