"""Pods that may make every system call."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("missing-seccomp-profile", path="pod.yaml")
PROFILE = "securityContext: {seccompProfile: {type: RuntimeDefault}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pod(), "`api` runs without a seccomp profile"),
        (workload("", "initContainers: [{name: i, image: busybox}]"),
         "`i` and `api` run without a seccomp profile"),
        (pod(PROFILE, "initContainers: [{name: i, image: busybox}]"),
         "`i` runs without a seccomp profile"),
    ],
)  # fmt: skip
def test_pods_without_a_profile_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        pod(PROFILE),
        pod("", PROFILE),
        pod("", PROFILE.replace("RuntimeDefault", "Unconfined")),
        pod("securityContext: {privileged: true}"),
        pod("", "os: {name: windows}"),
        pod().replace("  name: api\n", "  annotations: "
                      "{seccomp.security.alpha.kubernetes.io/pod: runtime/default}\n", 1),
    ],
)  # fmt: skip
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_fix_is_safe_for_what_does_nothing_special() -> None:
    text = pod("", "securityContext:\n  runAsNonRoot: true")
    special = pod("", "hostPID: true")

    assert JUDGE.fixed(text, unsafe=False) == pod(
        "", "securityContext:\n  runAsNonRoot: true\n  seccompProfile:\n    type: RuntimeDefault"
    )
    assert JUDGE.fixed(special, unsafe=False) == special
    assert JUDGE.fixed(special) != special
