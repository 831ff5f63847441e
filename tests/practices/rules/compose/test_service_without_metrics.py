"""Tests of the rule `service-without-metrics`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("service-without-metrics", path="compose.yaml")
VLLM = "services:\n  llm:\n    image: vllm/vllm-openai:v0.6.4\n"


def test_a_model_server_that_nobody_watches_is_found() -> None:
    assert JUDGE.messages(VLLM) == ["nothing reads the metrics of vLLM"]
    assert JUDGE.places(VLLM) == ["llm"]


@pytest.mark.parametrize(
    "more",
    [
        "  p: {image: prom/prometheus:v3}\n",
        "  p: {image: otel/opentelemetry-collector}\n",
        "    labels: [prometheus.io/scrape=true]\n",
    ],
)
def test_it_is_not_where_somebody_does(more: str) -> None:
    assert JUDGE.messages(VLLM + more) == []


def test_other_services_are_not() -> None:
    assert JUDGE.messages("services:\n  a: {image: nginx:1.27}\n") == []
