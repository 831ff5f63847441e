"""Services of which nothing is measured."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import service, together, workload

JUDGE = Judge("unmonitored-service", path="deployment.yaml")
PORTS = "ports: [{containerPort: 8000}]"
MONITOR = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m}\n"
SCRAPE = '  annotations: {prometheus.io/scrape: "true"}\n'


def test_services_without_metrics_are_found() -> None:
    assert JUDGE.messages(workload(PORTS)) == ["nothing collects metrics of `api`"]


@pytest.mark.parametrize(
    "text",
    [
        workload(),
        workload(PORTS, kind="Job"),
        together(workload(PORTS), MONITOR),
        together(
            workload(PORTS),
            service("s", "selector: {app: api}").replace("  name: s\n", f"  name: s\n{SCRAPE}"),
        ),
        workload(PORTS).replace(
            "    metadata: {labels: {app: api}}",
            "    metadata: {labels: {app: api}, annotations: {prometheus.io/scrape: 'true'}}",
        ),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
