"""Ports of the node that a container takes."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("host-port", path="pod.yaml")
PORTS = "ports:\n- containerPort: 8000\n  hostPort: 80  # http\n"


@pytest.mark.parametrize(
    ("text", "severity"),
    [(pod(PORTS), "warning"), (workload(PORTS, kind="DaemonSet"), "info")],
)
def test_ports_of_the_node_are_found(text: str, severity: str) -> None:
    (found,) = JUDGE.findings(text)

    assert (str(found.severity), found.message) == (severity, "`api` takes port 80 of its node")


@pytest.mark.parametrize(
    "text",
    [
        pod("ports: [{containerPort: 8000}]"),
        pod("ports: [{containerPort: 8000, hostPort: 0}]"),
        pod(PORTS, "hostNetwork: true"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_fix() -> None:
    assert JUDGE.fixed(pod(PORTS)) == pod("ports:\n- containerPort: 8000\n")
    assert JUDGE.fixed(pod(PORTS), unsafe=False) == pod(PORTS)
