from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("small-shared-memory", path="compose.yaml")
pods = Judge("small-shared-memory", path="deployment.yaml")

TORCH = "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"
LOADS = "command: python train.py --num-workers 8\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (compose(LOADS), "`api` has 64 MB of shared memory, and it loads data in 8 processes"),
        (
            compose("command: python train.py data.num_workers=4\n"),
            "`api` has 64 MB of shared memory, and it loads data in 4 processes",
        ),
        (
            compose("command: [torchrun, --nproc-per-node, '2', train.py]\n"),
            "`api` has 64 MB of shared memory, and its 2 processes share tensors",
        ),
        (
            compose(
                "command: --model a/b --tensor-parallel-size=4\n", image="vllm/vllm-openai:v0.11.0"
            ),
            "`api` has 64 MB of shared memory, and its 4 processes share tensors",
        ),
        (
            compose(LOADS + "shm_size: 64m\n"),
            "`api` has 64 MB of shared memory, and it loads data in 8 processes",
        ),
    ],
)
def test_processes_that_share_memory_are_seen(text: str, message: str) -> None:
    assert judge.messages(text) == [message]
    assert [finding.severity for finding in judge.findings(text)] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        compose("command: python train.py --num-workers 0\n"),
        compose("command: python train.py\n"),
        compose("command: uvicorn app:app --workers 4\n", image=TORCH),
        compose(LOADS + "shm_size: 2gb\n"),
        compose(LOADS + "shm_size: ${SHM}\n"),
        compose(LOADS + "ipc: host\n"),
        compose(LOADS + "tmpfs: ['/dev/shm:size=2g']\n"),
        compose("command: [torchrun, --nproc-per-node=1, train.py]\n"),
    ],
)
def test_what_has_enough_or_needs_none_is_not_found(text: str) -> None:
    assert judge.messages(text) == []


def test_what_its_kind_usually_does_is_a_hint() -> None:
    text = compose("command: python train.py\n", image=TORCH)

    assert [finding.severity for finding in judge.findings(text)] == [Severity.INFO]


def test_the_command_of_the_dockerfile_counts() -> None:
    dockerfile = 'FROM python:3.13-slim\nCMD ["python", "train.py", "--num_workers=4"]\n'
    judge = Judge("small-shared-memory", path="compose.yaml", files={"Dockerfile": dockerfile})

    assert len(judge.messages("services:\n  api:\n    build: .\n")) == 1


def test_the_fix_stays_below_the_memory_limit() -> None:
    assert judge.fixed(compose(LOADS), unsafe=False) == compose(LOADS + "shm_size: 8gb\n")
    assert judge.fixed(compose(LOADS + "mem_limit: 3g\n")) == compose(
        LOADS + "mem_limit: 3g\nshm_size: 1536mb\n"
    )


def test_a_pod_gets_memory_mounted() -> None:
    command = "args: [--num-workers=16]\n"

    assert pods.messages(pod(command, "hostIPC: true\n")) == []
    assert pods.fixed(pod(command, "volumes:\n  - name: a\n    emptyDir: {}\n")) == pod(
        command + "volumeMounts:\n  - name: shm\n    mountPath: /dev/shm\n",
        "volumes:\n  - name: a\n    emptyDir: {}\n"
        "  - name: shm\n    emptyDir:\n      medium: Memory\n      sizeLimit: 8Gi\n",
    )
