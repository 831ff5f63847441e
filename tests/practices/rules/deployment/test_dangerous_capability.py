from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("dangerous-capability", path="compose.yaml")
pods = Judge("dangerous-capability", path="deployment.yaml")


@pytest.mark.parametrize(
    ("names", "severity", "message"),
    [
        ("[SYS_ADMIN]", Severity.ERROR, "`api` can take the machine over by `SYS_ADMIN`"),
        (
            "[NET_ADMIN, cap_sys_module, all]",
            Severity.ERROR,
            "`api` can take the machine over by `SYS_MODULE`, `ALL`",
        ),
        (
            "[CHOWN, SYS_PTRACE]",
            Severity.WARNING,
            "`api` can reach out of its own space by `SYS_PTRACE`",
        ),
    ],
)
def test_what_it_can_do_is_told(names: str, severity: Severity, message: str) -> None:
    text = compose(f"cap_add: {names}\n")

    assert [(it.severity, it.message) for it in judge.findings(text)] == [(severity, message)]


@pytest.mark.parametrize("names", ["[]", "[CHOWN, NET_BIND_SERVICE]", "[IPC_LOCK, SYS_NICE]"])
def test_what_hardly_matters_is_not_found(names: str) -> None:
    assert judge.messages(compose(f"cap_add: {names}\n")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cap_add: [SYS_ADMIN]\nports: [80]\n", "ports: [80]\n"),
        ("cap_add: [CHOWN, SYS_ADMIN, FOWNER]\n", "cap_add: [CHOWN, FOWNER]\n"),
        ("cap_add: [CHOWN, SYS_ADMIN, BPF]\n", "cap_add: [CHOWN]\n"),
        ("cap_add:\n  - BPF\n  - CHOWN # own\n  - ALL\n", "cap_add:\n  - CHOWN # own\n"),
        ("cap_add:\n  - CHOWN # own\n  - BPF # a\n  - ALL\n", "cap_add:\n  - CHOWN # own\n"),
    ],
)
def test_the_fix_leaves_the_others(before: str, after: str) -> None:
    assert judge.fixed(compose(before)) == compose(after)


def test_pods_are_judged() -> None:
    text = pod("securityContext:\n  capabilities:\n    drop: [ALL]\n    add: [SYS_TIME]\n")

    assert pods.places(text) == ["SYS_TIME"]
    assert pods.fixed(text) == text.replace("          add: [SYS_TIME]\n", "")
