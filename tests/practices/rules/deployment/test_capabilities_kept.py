from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("capabilities-kept", path="compose.yaml")
pods = Judge("capabilities-kept", path="deployment.yaml")


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        (
            compose(),
            Severity.INFO,
            "`api` keeps the capabilities that it is given by default",
        ),
        (
            compose("ports: [8000]\ncap_drop: [NET_RAW, cap_mknod]\n"),
            Severity.WARNING,
            "`api` keeps all capabilities but `NET_RAW`, `MKNOD`",
        ),
        (
            compose("user: root\n"),
            Severity.INFO,
            "`api` keeps the capabilities that it is given by default, and it runs as root",
        ),
    ],
)
def test_what_is_kept_is_told(text: str, severity: Severity, message: str) -> None:
    assert [(it.severity, it.message) for it in judge.findings(text)] == [(severity, message)]


@pytest.mark.parametrize(
    "text",
    [
        compose("cap_drop: [ALL]\n"),
        compose("cap_drop:\n  - all\ncap_add: [CHOWN]\n"),
        compose("cap_drop: ['${DROPPED}']\n"),
        compose("privileged: true\n"),
        compose("user: '1000:1000'\n"),
        compose(image="postgres:17.6"),
    ],
)
def test_what_has_none_is_not_found(text: str) -> None:
    assert judge.messages(text) == []


def test_in_pods_the_user_does_not_matter() -> None:
    text = pod("securityContext: {runAsUser: 1000}\n")

    assert [it.severity for it in pods.findings(text)] == [Severity.WARNING]
    assert pods.messages(pod("securityContext: {capabilities: {drop: [all]}}\n")) == []


def test_the_fix_is_safe_for_other_users_than_root() -> None:
    text = pod("securityContext:\n  runAsUser: 1000\n")

    assert pods.fixed(text, unsafe=False) == pod(
        "securityContext:\n  runAsUser: 1000\n  capabilities:\n    drop:\n      - ALL\n"
    )
    assert pods.fixed(pod(), unsafe=False) == pod()


def test_what_a_known_image_needs_is_added_back() -> None:
    fixed = pods.fixed(pod(image="nginx:1.29"))

    assert fixed == pod(
        "securityContext:\n  capabilities:\n    drop:\n      - ALL\n    add:\n      - CHOWN\n"
        "      - NET_BIND_SERVICE\n      - SETGID\n      - SETUID\n",
        image="nginx:1.29",
    )


def test_a_list_is_added_to() -> None:
    assert judge.fixed(compose("cap_drop: [NET_RAW] # raw\n")) == compose(
        "cap_drop: [NET_RAW, ALL] # raw\n"
    )
    assert judge.fixed(compose("cap_add:\n- CHOWN\n")) == compose(
        "cap_add:\n- CHOWN\ncap_drop:\n- ALL\n"
    )
