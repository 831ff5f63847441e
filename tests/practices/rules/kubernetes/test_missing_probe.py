"""Services that nothing probes."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("missing-probe", path="pod.yaml")
PORT = "ports: [{containerPort: 8000}]\n"
READY = "readinessProbe: {tcpSocket: {port: 8000}}\n"
LIVE = "livenessProbe: {tcpSocket: {port: 8000}}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pod(PORT), "warning: `api` has port 8000 and neither a readiness nor a liveness probe"),
        (workload(PORT + LIVE), "warning: `api` has port 8000 and no readiness probe"),
        (workload(PORT + READY, kind="StatefulSet"),
         "info: `api` has port 8000 and no liveness probe"),
        (workload(PORT, kind="DaemonSet"),
         "info: `api` has port 8000 and neither a readiness nor a liveness probe"),
    ],
)  # fmt: skip
def test_services_without_probes_are_found(text: str, found: str) -> None:
    assert [f"{it.severity}: {it.message}" for it in JUDGE.findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        pod(PORT + READY + LIVE),
        pod(),
        pod(PORT, "restartPolicy: Never"),
        workload(PORT, kind="Job"),
        workload(PORT).replace("image:", "note:"),
        workload(PORT).replace("  selector: {matchLabels: {app: api}}\n", ""),
        workload(PORT)
        .replace("apps/v1", "serving.knative.dev/v1")
        .replace("Deployment", "Service"),
        workload(PORT + LIVE, kind="DaemonSet"),
        pod("ports: [{containerPort: 9090, name: metrics}, {containerPort: 53, protocol: UDP}]"),
        pod(PORT, "nodeSelector: {kubernetes.io/os: windows}"),
    ],
)
def test_what_is_no_service_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_fix_asks_the_path_of_a_known_server() -> None:
    image = "vllm/vllm-openai:v0.6.4"
    added = """\
ports: [{containerPort: 8000}]
readinessProbe:
  httpGet:
    path: /health
    port: 8000
livenessProbe:
  httpGet:
    path: /health
    port: 8000
  periodSeconds: 20
startupProbe:
  httpGet:
    path: /health
    port: 8000
  failureThreshold: 60
  periodSeconds: 10
"""

    assert JUDGE.fixed(pod(PORT, image=image)) == pod(added, image=image)


def test_the_fix_connects_to_the_port_of_others() -> None:
    fixed = JUDGE.fixed(pod(PORT + LIVE))

    assert fixed == pod(PORT + LIVE + "readinessProbe:\n  tcpSocket:\n    port: 8000\n")
    assert JUDGE.fixed(pod(PORT + LIVE), unsafe=False) == pod(PORT + LIVE)
