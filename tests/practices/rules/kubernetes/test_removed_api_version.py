"""Versions of APIs that are gone."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import workload

JUDGE = Judge("removed-api-version", path="object.yaml")

SCALER = "autoscaling/v2beta2"
TWO = "`autoscaling/v2` took over"


def item(version: str, kind: str) -> str:
    return f"apiVersion: {version}  # old\nkind: {kind}\nmetadata: {{name: a}}\n"


@pytest.mark.parametrize(
    ("version", "kind", "message"),
    [
        ("batch/v1beta1", "CronJob",
         "`batch/v1beta1` of CronJob is gone since Kubernetes 1.25, `batch/v1` took over"),
        (SCALER, "HorizontalPodAutoscaler",
         f"`{SCALER}` of HorizontalPodAutoscaler is gone since Kubernetes 1.26, {TWO}"),
        ("policy/v1beta1", "PodSecurityPolicy",
         "`policy/v1beta1` of PodSecurityPolicy is gone since Kubernetes 1.25"),
    ],
)  # fmt: skip
def test_versions_that_are_gone_are_found(version: str, kind: str, message: str) -> None:
    assert JUDGE.messages(item(version, kind)) == [message]
    assert JUDGE.places(item(version, kind)) == [version]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("batch/v1", "CronJob"),
        ("apps/v1", "Deployment"),
        ("ray.io/v1beta1", "CronJob"),
        ("kubeflow.org/v1beta1", "Deployment"),
    ],
)
def test_others_are_not(version: str, kind: str) -> None:
    assert JUDGE.messages(item(version, kind)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (item("batch/v1beta1", "CronJob"), item("batch/v1", "CronJob")),
        (item("rbac.authorization.k8s.io/v1beta1", "Role"),
         item("rbac.authorization.k8s.io/v1", "Role")),
        (workload().replace("apps/v1", "extensions/v1beta1"), workload()),
        # Its backends are written in another way.
        (item("networking.k8s.io/v1beta1", "Ingress"), item("networking.k8s.io/v1beta1", "Ingress")),
    ],
)  # fmt: skip
def test_fix(before: str, after: str) -> None:
    assert JUDGE.fixed(before, unsafe=False) == after


def test_a_deployment_without_a_selector_is_no_longer_one() -> None:
    text = workload().replace("  selector: {matchLabels: {app: api}}\n", "")
    text = text.replace("apps/v1", "extensions/v1beta1")

    assert len(JUDGE.messages(text)) == 1
    assert JUDGE.fixed(text) == text
