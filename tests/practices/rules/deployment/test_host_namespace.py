from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("host-namespace", path="compose.yaml")
pods = Judge("host-namespace", path="deployment.yaml")

TORCH = "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("network_mode: host", "the network"),
        ('pid: "host"', "the processes"),
        ("ipc: host", "the shared memory"),
        ("userns_mode: host", "the users"),
        ("uts: host", "the name"),
        ("cgroup: host", "the control groups"),
    ],
)
def test_each_namespace_is_found(line: str, what: str) -> None:
    text = compose(f"{line}\n")

    assert judge.messages(text) == [f"`api` shares {what} of the machine"]
    assert judge.places(text) == [line.partition(":")[0]]


@pytest.mark.parametrize(
    "line", ["network_mode: bridge", "ipc: shareable", "pid: service:db", "ipc: ${IPC}"]
)
def test_others_are_not(line: str) -> None:
    assert judge.messages(compose(f"{line}\n")) == []


def test_the_fix_takes_it_out_but_not_the_network() -> None:
    assert judge.fixed(compose("pid: host\nnetwork_mode: host\n")) == compose(
        "network_mode: host\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ipc: host\n", "shm_size: 8gb\n"),
        ("ipc: host # memory\ncommand: python a.py\n", "command: python a.py\nshm_size: 8gb\n"),
        ("ipc: host\nshm_size: 1gb\n", "shm_size: 1gb\n"),
    ],
)
def test_for_its_shared_memory_there_is_a_better_way(before: str, after: str) -> None:
    text = compose(before, image=TORCH)

    assert [finding.severity for finding in judge.findings(text)] == [Severity.INFO]
    assert judge.fixed(text) == compose(after, image=TORCH)


def test_what_an_anchor_shares_is_told_once() -> None:
    text = (
        "x-a: &a\n  network_mode: host\n"
        "services:\n  a: {<<: *a, image: 'a:1'}\n  b: {<<: *a, image: 'b:1'}\n"
    )

    assert judge.messages(text) == ["`a` shares the network of the machine"]


def test_a_pod_is_told_once_for_all_its_containers() -> None:
    text = pod(spec="  - {name: b, image: b:1}\nhostPID: true\nhostNetwork: true\nhostIPC: false\n")

    assert pods.messages(text) == [
        "`api` shares the processes of its node",
        "`api` shares the network of its node",
    ]
    assert pods.fixed(text) == text.replace("  hostPID: true\n", "")
