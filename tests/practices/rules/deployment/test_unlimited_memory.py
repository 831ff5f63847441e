from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("unlimited-memory", path="compose.yaml")
pods = Judge("unlimited-memory", path="deployment.yaml")

TORCH = "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        (compose(), Severity.INFO, "nothing limits the memory of `api`"),
        (compose("mem_limit: 0\n"), Severity.INFO, "nothing limits the memory of `api`"),
        (
            compose(image=TORCH),
            Severity.WARNING,
            "nothing limits the memory of `api`, and it has `torch`",
        ),
        (
            compose("command: python train.py\n"),
            Severity.WARNING,
            "nothing limits the memory of `api`, and it trains",
        ),
        (
            compose("gpus: all\n"),
            Severity.WARNING,
            "nothing limits the memory of `api`, and it is given a GPU",
        ),
        (
            compose(image="ollama/ollama:0.12.0"),
            Severity.WARNING,
            "nothing limits the memory of `api`, and Ollama loads models",
        ),
    ],
)
def test_what_computes_matters_most(text: str, severity: Severity, message: str) -> None:
    assert [(it.severity, it.message) for it in judge.findings(text)] == [(severity, message)]


@pytest.mark.parametrize(
    "text",
    [
        compose(image="redis:7.4"),
        compose("mem_limit: 512m\n"),
        compose("mem_limit: ${MEMORY}\n"),
        compose("deploy: {resources: {limits: {memory: 1G}}}\n"),
        "services:\n  api:\n    environment: {A: b}\n",
    ],
)
def test_limits_are_seen(text: str) -> None:
    assert judge.messages(text) == []


def test_a_default_of_the_namespace_is_a_limit() -> None:
    limits = (
        "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\n"
        "spec: {limits: [{type: Container, default: {memory: 1Gi}}]}\n"
    )

    assert len(pods.messages(pod())) == 1
    assert pods.messages(pod() + limits) == []
    assert len(pods.messages(pod() + limits.replace("name: a", "name: a, namespace: b"))) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (compose(), compose("deploy:\n  resources:\n    limits:\n      memory: 1G\n")),
        (
            compose("deploy:\n  resources:\n    limits:\n      cpus: '1' # one\n"),
            compose(
                "deploy:\n  resources:\n    limits:\n      cpus: '1' # one\n      memory: 1G\n",
            ),
        ),
        (
            compose("deploy: {replicas: 2}\n"),
            compose("deploy: {replicas: 2, resources: {limits: {memory: 1G}}}\n"),
        ),
    ],
)
def test_a_service_is_limited_by_what_it_is(before: str, after: str) -> None:
    assert judge.fixed(before) == after


def test_a_pod_is_limited_to_what_it_requests() -> None:
    assert pods.fixed(pod("resources:\n  requests: {memory: 3Gi}\n")) == pod(
        "resources:\n  requests: {memory: 3Gi}\n  limits:\n    memory: 3Gi\n"
    )
    assert pods.fixed(pod(image=TORCH)) == pod(
        "resources:\n  limits:\n    memory: 4Gi\n", image=TORCH
    )
