from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("writable-root", path="compose.yaml")
pods = Judge("writable-root", path="deployment.yaml")


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (compose(), Severity.INFO),
        (compose("ports: ['8000:8000']\n"), Severity.WARNING),
        (compose("ports: ['127.0.0.1:8000:8000']\n"), Severity.INFO),
        (compose("network_mode: host\n"), Severity.WARNING),
        (compose("read_only: false\n"), Severity.INFO),
    ],
)
def test_what_matters_is_who_reaches_it(text: str, severity: Severity) -> None:
    assert [finding.severity for finding in judge.findings(text)] == [severity]


@pytest.mark.parametrize(
    "text",
    [
        compose("read_only: true\n"),
        compose('read_only: "true"\n'),
        compose("read_only: ${READ_ONLY}\n"),
        compose("privileged: true\n"),
        compose("ports: ['6379:6379']\n", image="redis:7.4"),
        compose(image="quay.io/jupyter/scipy-notebook:2026-01-05"),
        "services:\n  api:\n    environment: {A: b}\n",
        "x-base: &base {read_only: true}\nservices:\n  api:\n    <<: *base\n    image: a:1\n",
    ],
)
def test_read_only_and_unknown_services_are_left_alone(text: str) -> None:
    assert judge.messages(text) == []


def test_the_message_says_what_it_needs() -> None:
    text = compose(
        "environment: [HF_HOME=/models]\n", image="pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"
    )

    assert judge.messages(text) == [
        "`api` may change all files of its image, though it is known to need `/tmp` and `/models` only"
    ]
    assert judge.places(text) == ["api"]


def test_a_pod_is_judged_container_by_container() -> None:
    text = pod(
        "securityContext: {readOnlyRootFilesystem: true}\n",
        "initContainers:\n  - name: prepare\n    image: busybox:1.37\n",
    )

    assert pods.places(text) == ["prepare"]
    assert pods.messages(pod(spec="os: {name: windows}\n")) == []


def test_the_fix_keeps_what_is_mounted() -> None:
    assert judge.fixed(compose("tmpfs: /tmp\nports:\n  - 8000:8000 # open\n")) == compose(
        "tmpfs: /tmp\nports:\n  - 8000:8000 # open\nread_only: true\n"
    )
    assert judge.fixed(compose("tmpfs: /run\n")) == compose(
        "tmpfs:\n  - /run\n  - /tmp\nread_only: true\n"
    )


def test_a_cache_of_models_gets_a_volume() -> None:
    text = compose("environment: {HF_HOME: /models}\n", rest="volumes:\n  db:\n")

    assert judge.fixed(text) == compose(
        "environment: {HF_HOME: /models}\n"
        "read_only: true\ntmpfs:\n  - /tmp\nvolumes:\n  - api-models:/models\n",
        rest="volumes:\n  db:\n  api-models: {}\n",
    )


def test_a_pod_gets_an_empty_folder() -> None:
    assert pods.fixed(pod("securityContext:\n  runAsUser: 1000\n")) == pod(
        "securityContext:\n  runAsUser: 1000\n  readOnlyRootFilesystem: true\n"
        "volumeMounts:\n  - name: tmp\n    mountPath: /tmp\n",
        "volumes:\n  - name: tmp\n    emptyDir: {}\n",
    )


def test_a_shared_mapping_is_not_changed() -> None:
    text = "services:\n  a: &a\n    image: a:1\n  b: *a\n"

    assert [finding.fix for finding in judge.findings(text)] == [None, None]


def test_line_ends_stay() -> None:
    text = compose().replace("\n", "\r\n")

    assert judge.fixed(text) == compose("read_only: true\ntmpfs:\n  - /tmp\n").replace("\n", "\r\n")
