"""Probes that ask where nobody listens."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod

JUDGE = Judge("probe-port-mismatch", path="pod.yaml")
PORTS = "ports: [{containerPort: 8000, name: http}]\n"


def live(handler: str) -> str:
    return f"livenessProbe: {{{handler}}}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pod(PORTS + live("httpGet: {port: 8080}")),
         "info: the liveness probe of `api` asks port 8080, it has 8000"),
        (pod(PORTS + live("httpGet: {port: web}")),
         "error: the liveness probe of `api` asks port `web`, which it has not"),
        (pod(live("tcpSocket: {port: web}")),
         "error: the liveness probe of `api` asks port `web`, which it has not"),
        (pod(PORTS + live("httpGet: {port: 8080}"), image="vllm/vllm-openai:v0.6.4"),
         "error: the liveness probe of `api` asks port 8080, it has 8000"),
    ],
)  # fmt: skip
def test_ports_that_are_not_there_are_found(text: str, found: str) -> None:
    assert [f"{it.severity}: {it.message}" for it in JUDGE.findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        pod(PORTS + live("httpGet: {port: 8000}")),
        pod(PORTS + live("httpGet: {port: http}")),
        pod(live("httpGet: {port: 8080}")),
        pod(PORTS + live("httpGet: {port: 80, host: example.org}")),
        pod(PORTS + live("exec: {command: [a]}")),
        pod(PORTS + "args: [--health-addr=:8081]\n" + live("httpGet: {port: 8081}")),
        pod(PORTS + 'env: [{name: P, value: "8081"}]\n' + live("grpc: {port: 8081}")),
        pod(PORTS + live("httpGet: {port: 8002}"), image="nvcr.io/nvidia/tritonserver:24.11-py3"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_only_port_is_asked() -> None:
    text = pod(PORTS + live('httpGet: {path: /, port: "8080"}'))

    assert JUDGE.fixed(text) == pod(PORTS + live("httpGet: {path: /, port: 8000}"))
    assert JUDGE.fixed(text, unsafe=False) == text
