"""Deployments that keep state."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import together, workload

JUDGE = Judge("state-in-deployment", path="deployment.yaml")
VOLUMES = "volumes: [{name: data, persistentVolumeClaim: {claimName: hub}}]"
MOUNT = "volumeMounts: [{name: data, mountPath: /data}]"
SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
    "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: api}}\n"
)


def claim(mode: str) -> str:
    return (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: hub}\n"
        f"spec: {{accessModes: [{mode}]}}\n"
    )


def deployment(top: str = "", *, image: str = "", kind: str = "Deployment") -> str:
    return workload(MOUNT, VOLUMES, top, image=image, kind=kind)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (together(deployment("replicas: 3"), claim("ReadWriteOnce")),
         "warning: 3 replicas of `api` have one ReadWriteOnce claim, `hub`"),
        (together(deployment(), claim("ReadWriteOnce"), SCALER),
         "warning: 5 replicas of `api` have one ReadWriteOnce claim, `hub`"),
        (together(deployment(), claim("ReadWriteOnce")),
         "info: a rollout starts another pod at the ReadWriteOnce claim `hub` beside the first"),
        (deployment(image="postgres:16.6"),
         "warning: a rollout starts a second postgres at the claim `hub` beside the first"),
        (deployment("replicas: 2", image="postgres:16.6"),
         "warning: 2 replicas of `api` have one claim, `hub`"),
    ],
)  # fmt: skip
def test_state_that_is_not_shared_is_found(text: str, found: str) -> None:
    assert [f"{it.severity}: {it.message}" for it in JUDGE.findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        deployment("replicas: 3"),
        together(deployment("replicas: 3"), claim("ReadWriteMany")),
        together(deployment("replicas: 3"), claim("ReadWriteOnce, ReadWriteMany")),
        together(deployment("strategy: {type: Recreate}"), claim("ReadWriteOnce")),
        together(deployment("replicas: 3", kind="StatefulSet"), claim("ReadWriteOnce")),
        deployment(image="example/postgres-exporter:1"),
        workload(image="postgres:16.6"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_one_replica_is_recreated() -> None:
    text = together(deployment("replicas: 1"), claim("ReadWriteOnce"))

    fixed = JUDGE.fixed(text)

    assert "  replicas: 1\n" in fixed
    assert "  strategy:\n    type: Recreate\n" in fixed
    assert JUDGE.messages(fixed) == []
    assert JUDGE.fixed(text, unsafe=False) == text
