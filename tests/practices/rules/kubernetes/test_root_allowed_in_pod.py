"""Pods that may run as root."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("root-allowed-in-pod", path="pod.yaml")
OTHER = "- name: b\n  image: registry.example.org/b:1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pod(), "nothing keeps `api` from being root"),
        (pod("", "initContainers: [{name: i, image: busybox}]"),
         "nothing keeps `i` and `api` from being root"),
        (pod("securityContext: {runAsUser: 0}"), "`api` runs as root: its `runAsUser` is 0"),
        (pod("", "securityContext: {runAsUser: 0, runAsNonRoot: false}"),
         "`api` runs as root: its `runAsUser` is 0"),
        (workload("securityContext: {runAsNonRoot: false}", "securityContext: {runAsNonRoot: true}"),
         "nothing keeps `api` from being root"),
    ],
)  # fmt: skip
def test_pods_that_may_be_root_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        pod("securityContext: {runAsNonRoot: true}"),
        pod("securityContext: {runAsUser: 1000}"),
        pod("", "securityContext: {runAsNonRoot: true}"),
        pod("securityContext: {privileged: true}"),
        pod("", "os: {name: windows}"),
        workload().replace("image:", "note:"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_only_the_container_that_may_be_root_is_found_and_mended() -> None:
    text = pod("securityContext: {runAsNonRoot: true}") + f"  {OTHER}".replace("\n  ", "\n    ")

    assert JUDGE.places(text) == ["b"]
    assert JUDGE.fixed(text).endswith("b:1\n    securityContext:\n      runAsNonRoot: true\n")


def test_the_fix_is_for_the_whole_pod_where_nothing_is_said() -> None:
    text = workload("", "securityContext:\n  fsGroup: 1000")

    assert JUDGE.fixed(text) == workload(
        "", "securityContext:\n  fsGroup: 1000\n  runAsNonRoot: true"
    )
    assert JUDGE.fixed(text, unsafe=False) == text


def test_the_fix_is_safe_where_the_image_is_built_here_for_another_user() -> None:
    files = {
        "compose.yaml": "services: {api: {build: ., image: 'registry.example.org/api:1.4.2'}}\n",
        "Dockerfile": "FROM python:3.12-slim\nUSER 65532\n",
    }
    judge = Judge(JUDGE.name, path="pod.yaml", files=files)

    assert "runAsNonRoot: true" in judge.fixed(pod(), unsafe=False)


def test_an_image_that_would_not_start_any_more_has_no_fix() -> None:
    text = pod(image="python:3.12-slim")

    assert JUDGE.messages(text) == ["nothing keeps `api` from being root"]
    assert JUDGE.fixed(text) == text
