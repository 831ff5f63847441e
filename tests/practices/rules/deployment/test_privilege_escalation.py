from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("privilege-escalation", path="compose.yaml")
pods = Judge("privilege-escalation", path="deployment.yaml")


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (compose(), Severity.INFO),
        (compose("user: '1000'\n"), Severity.INFO),
        (compose("ports: ['80:8000']\n"), Severity.WARNING),
        (compose("security_opt: ['no-new-privileges:false']\n"), Severity.INFO),
        (compose("security_opt: [seccomp=./a.json]\n"), Severity.INFO),
    ],
)
def test_services_that_allow_it_are_found(text: str, severity: Severity) -> None:
    assert [it.severity for it in judge.findings(text)] == [severity]


@pytest.mark.parametrize(
    "text",
    [
        compose("security_opt: [no-new-privileges]\n"),
        compose("security_opt: ['no-new-privileges:true']\n"),
        compose("security_opt: [no-new-privileges=true]\n"),
        compose("security_opt: ['${OPTION}']\n"),
        compose("user: root\n"),
        compose("privileged: true\n"),
        compose(image="redis:7.4"),
    ],
)
def test_services_that_forbid_it_are_not(text: str) -> None:
    assert judge.messages(text) == []


def test_every_container_of_a_pod_is_judged() -> None:
    text = pod(
        "securityContext: {allowPrivilegeEscalation: false}\n",
        "initContainers:\n  - name: prepare\n    image: busybox:1.37\n",
    )

    assert pods.messages(text) == [
        "a process in `prepare` may become root by a program that is marked for it"
    ]
    assert pods.messages(pod("securityContext: {privileged: true}\n")) == []


def test_the_fix_is_safe() -> None:
    assert judge.fixed(compose("security_opt: [seccomp=./a.json]\n"), unsafe=False) == compose(
        'security_opt: [seccomp=./a.json, "no-new-privileges:true"]\n'
    )
    assert pods.fixed(
        pod("securityContext:\n  allowPrivilegeEscalation: true\n"), unsafe=False
    ) == pod("securityContext:\n  allowPrivilegeEscalation: false\n")


def test_what_starts_by_sudo_is_not_fixed() -> None:
    found = [
        *judge.findings(compose("command: sudo -u app python serve.py\n")),
        *judge.findings(compose("environment: [GRANT_SUDO=yes]\n")),
    ]

    assert [finding.fix for finding in found] == [None, None]
