"""Services that are open to the outside."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import service, together, workload

OPEN = "the service `s` is reached on every node"
JUDGE = Judge("exposed-service", path="service.yaml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (service("s", "type: NodePort"), "info: the service `s` is reached on every node"),
        (service("s", "type: LoadBalancer"),
         "info: the service `s` is reached through a load balancer"),
        (together(service("s", "type: NodePort\nselector: {app: api}"),
                  workload(image="ollama/ollama:0.5.1")),
         f"warning: {OPEN}, and Ollama asks nobody for a password"),
    ],
)  # fmt: skip
def test_open_services_are_found(text: str, found: str) -> None:
    assert [f"{it.severity}: {it.message}" for it in JUDGE.findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        service("s", "type: ClusterIP"),
        service("s", "ports: [{port: 80}]"),
        service("s", "type: LoadBalancer\nloadBalancerSourceRanges: [10.0.0.0/8]"),
        service("s", "type: LoadBalancer").replace(
            "  name: s\n",
            "  name: s\n  annotations: {networking.gke.io/load-balancer-type: Internal}\n",
        ),
        service("s", "type: NodePort").replace(": v1", ": serving.knative.dev/v1"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_fix() -> None:
    text = service("s", "type: NodePort  # open\nports:\n- port: 80\n  nodePort: 30080")

    assert JUDGE.fixed(text) == service("s", "type: ClusterIP  # open\nports:\n- port: 80")
    assert JUDGE.fixed(text, unsafe=False) == text
