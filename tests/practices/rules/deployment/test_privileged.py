from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("privileged", path="compose.yaml")
pods = Judge("privileged", path="deployment.yaml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (compose("privileged: true\n"), compose()),
        (compose("# for the GPU\nprivileged: yes # !\nports: [80]\n"), compose("ports: [80]\n")),
        ("services: {api: {image: a:1, privileged: true}}\n", "services: {api: {image: a:1}}\n"),
    ],
)
def test_a_service_loses_the_key(before: str, after: str) -> None:
    assert judge.messages(before) == ["`api` has all rights of the machine"]
    assert judge.places(before) == ["privileged"]
    assert judge.fixed(before) == after


@pytest.mark.parametrize(
    "text", [compose(), compose("privileged: false\n"), compose("privileged: ${PRIVILEGED}\n")]
)
def test_others_have_no_such_rights(text: str) -> None:
    assert judge.messages(text) == []


def test_of_a_gpu_it_says_that_it_takes_none() -> None:
    assert judge.messages(compose("privileged: true\nruntime: nvidia\n")) == [
        "`api` has all rights of the machine, which a GPU does not take"
    ]


def test_what_an_anchor_shares_is_told_once() -> None:
    text = (
        "x-a: &a\n  privileged: true\n"
        "services:\n  a:\n    <<: *a\n    image: a:1\n  b:\n    <<: *a\n    image: b:1\n"
    )

    assert judge.messages(text) == ["`a` has all rights of the machine"]
    assert [finding.fix for finding in judge.findings(text)] == [None]


def test_an_init_container_counts_too() -> None:
    text = pod(
        spec="initContainers:\n  - name: sysctl\n    image: busybox:1.37\n    securityContext:\n      privileged: true\n"
    )

    assert pods.messages(text) == ["`sysctl` has all rights of the machine"]
    assert pods.fixed(text) == text.replace("true", "false")
