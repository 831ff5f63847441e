from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("root-service", path="compose.yaml")
pods = Judge("root-service", path="deployment.yaml")

JUPYTER = "quay.io/jupyter/pytorch-notebook:2026-01-05"


@pytest.mark.parametrize("user", ["root", "0", '"0:0"', "root:root", "${USER:-root}"])
def test_root_by_any_name_is_found(user: str) -> None:
    assert judge.messages(compose(f"user: {user}\n")) == ["`api` is run as root"]
    assert judge.places(compose(f"user: {user}\n")) == [user]


@pytest.mark.parametrize(
    "text",
    [
        compose(),
        compose("user: '1000:0'\n"),
        compose("user: ${UID}\n"),
        compose("user: root\nenvironment: [NB_UID=1000]\n", image=JUPYTER),
    ],
)
def test_others_are_not(text: str) -> None:
    assert judge.messages(text) == []


def test_an_image_with_a_user_of_its_own_gets_it_back() -> None:
    text = compose("user: root\n", image=JUPYTER)

    assert judge.messages(text) == ["`api` is run as root, not as the `1000` of its image"]
    assert judge.fixed(text) == compose(image=JUPYTER)


def test_the_user_of_a_dockerfile_is_known() -> None:
    judge = Judge(
        "root-service",
        path="compose.yaml",
        files={"Dockerfile": "FROM debian:13-slim\nUSER 10001\n"},
    )

    assert judge.fixed("services:\n  api:\n    build: .\n    user: root\n") == (
        "services:\n  api:\n    build: .\n"
    )


def test_what_a_pod_says_is_told_once() -> None:
    text = pod(spec="  - {name: b, image: b:1}\nsecurityContext: {runAsUser: 0}\n")

    assert pods.messages(text) == ["`api` is run as root"]
    assert (
        pods.messages(pod("securityContext: {runAsUser: 1}\n", "securityContext: {runAsUser: 0}\n"))
        == []
    )


def test_an_init_container_may_need_it() -> None:
    text = pod(
        spec="initContainers:\n  - {name: own, image: busybox:1.37, securityContext: {runAsUser: 0}}\n"
    )

    assert [finding.severity for finding in pods.findings(text)] == [Severity.INFO]
