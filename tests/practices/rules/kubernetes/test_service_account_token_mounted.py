"""Tokens of the cluster that nobody asked for."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, together, workload

JUDGE = Judge("service-account-token-mounted", path="pod.yaml")
ACCOUNT = (
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"
    "automountServiceAccountToken: false\n"
)
BINDING = (
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\n"
    "subjects: [{kind: ServiceAccount, name: default}]\n"
)


@pytest.mark.parametrize(
    "text", [pod(), workload(), workload(kind="Job"), pod("", "serviceAccountName: default")]
)
def test_pods_with_the_token_are_found(text: str) -> None:
    assert JUDGE.messages(text) == ["`api` is given the token of the service account `default`"]


@pytest.mark.parametrize(
    "text",
    [
        pod("", "automountServiceAccountToken: false"),
        pod("", "automountServiceAccountToken: true"),
        pod("", "serviceAccountName: trainer"),
        pod("command: [sh, -c, kubectl get pods]"),
        together(pod(), ACCOUNT),
        together(pod(), BINDING),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_fix() -> None:
    text = pod().replace("\n", "\r\n")

    added = "  automountServiceAccountToken: false\r\n"
    assert JUDGE.fixed(text, unsafe=False) == text + added
