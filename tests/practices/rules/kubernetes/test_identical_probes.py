"""Probes that do the same."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod

JUDGE = Judge("identical-probes", path="pod.yaml")
READY = "readinessProbe: {httpGet: {path: /, port: 80}}\n"
LIVE = "livenessProbe: {httpGet: {path: /, port: 80}"


@pytest.mark.parametrize(
    "text",
    [
        pod(READY + LIVE + "}"),
        pod(READY + LIVE + ", initialDelaySeconds: 30}"),
        pod(READY + LIVE + ", periodSeconds: 15, failureThreshold: 2}"),
        pod("readinessProbe: &p {exec: {command: [a, b]}}\nlivenessProbe: *p"),
    ],
)
def test_probes_that_do_the_same_are_found(text: str) -> None:
    assert JUDGE.messages(text) == [
        "`api` is killed by the probe that only takes its traffic elsewhere"
    ]
    assert JUDGE.places(text) == ["livenessProbe"]


@pytest.mark.parametrize(
    "text",
    [
        pod(READY + LIVE.replace("path: /", "path: /live") + "}"),
        pod(READY + LIVE + ", failureThreshold: 6}"),
        pod(READY + LIVE + ", periodSeconds: 30}"),
        pod(READY + "livenessProbe: {tcpSocket: {port: 80}}"),
        pod(READY),
        pod("readinessProbe: {}\nlivenessProbe: {}"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_fix() -> None:
    assert JUDGE.fixed(pod(READY + LIVE + "}")) == pod(READY + LIVE + ", failureThreshold: 6}")
    assert JUDGE.fixed(pod(READY + LIVE + "}"), unsafe=False) == pod(READY + LIVE + "}")
