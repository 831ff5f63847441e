"""Autoscalers that look at the wrong processor."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import together, workload

JUDGE = Judge("cpu-autoscaling-of-gpu", path="deployment.yaml")
GPU = workload("resources: {limits: {nvidia.com/gpu: 1}}")
CPU = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}"
QUEUE = (
    "{type: Pods, pods: {metric: {name: waiting}, target: {type: AverageValue, averageValue: 5}}}"
)


def scaler(metrics: str, name: str = "api") -> str:
    return (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
        f"spec: {{scaleTargetRef: {{kind: Deployment, name: {name}}}, {metrics}}}\n"
    )


KEDA = (
    "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: api}\n"
    "spec: {scaleTargetRef: {name: api}, triggers: [{type: cpu}]}\n"
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (together(GPU, scaler(f"metrics: [{CPU}]")), "cpu"),
        (together(GPU, scaler(f"metrics: [{CPU}, {CPU.replace('cpu', 'memory')}]")),
         "cpu and memory"),
        (together(GPU, scaler("targetCPUUtilizationPercentage: 50")), "cpu"),
        (together(GPU, KEDA), "cpu"),
    ],
)  # fmt: skip
def test_gpus_that_are_scaled_by_cpu_are_found(text: str, what: str) -> None:
    assert JUDGE.messages(text) == [
        f"`api` works on `nvidia.com/gpu` and is scaled by {what} alone"
    ]


@pytest.mark.parametrize(
    "text",
    [
        together(GPU, scaler(f"metrics: [{CPU}, {QUEUE}]")),
        together(GPU, scaler("minReplicas: 1")),
        together(GPU, scaler(f"metrics: [{CPU}]", "other")),
        together(workload(), scaler(f"metrics: [{CPU}]")),
        together(GPU, KEDA.replace("type: cpu", "type: prometheus")),
        scaler(f"metrics: [{CPU}]"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_deployment_may_stand_in_another_file() -> None:
    judge = Judge(JUDGE.name, path="scaler.yaml", files={"api.yaml": GPU})

    assert judge.places(scaler(f"metrics: [{CPU}]")) == [CPU]
