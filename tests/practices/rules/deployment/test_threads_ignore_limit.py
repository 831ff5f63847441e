from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

TORCH = "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"
BUILT = "services:\n  api:\n    build: .\n    cpus: 2.5\n"

judge = Judge("threads-ignore-limit", path="compose.yaml")
pods = Judge("threads-ignore-limit", path="deployment.yaml")


@pytest.mark.parametrize(
    "text",
    [
        compose("cpus: 2\n"),
        compose(image=TORCH),
        compose("cpus: ${CPUS}\n", image=TORCH),
        compose("cpuset: 0-1\n", image=TORCH),
        compose("cpus: 2\nenvironment: {OMP_NUM_THREADS: '${CPUS}'}\n", image=TORCH),
        compose("cpus: 2\nenvironment: [MKL_NUM_THREADS=2]\n", image=TORCH),
        compose("cpus: 2\ncommand: torchrun --nproc_per_node=2 train.py\n", image=TORCH),
    ],
)
def test_without_a_known_limit_or_library_nothing_is_found(text: str) -> None:
    assert judge.messages(text) == []


def test_the_limit_is_told() -> None:
    assert judge.messages(compose("cpus: 0.5\n", image=TORCH)) == [
        "`torch` in `api` starts a thread for each processor of the machine, of which it may use 0.5"
    ]


@pytest.mark.parametrize(
    ("dockerfile", "found"),
    [
        ("FROM python:3.13-slim\nRUN pip install scikit-learn==1.7.2\n", 1),
        ("FROM python:3.13-slim\nRUN pip install numpy==2.3.3\n", 1),
        ("FROM python:3.13-slim\nRUN pip install numpy==2.3.3\nENV OMP_NUM_THREADS=2\n", 0),
        ("FROM python:3.13-slim\nRUN pip install fastapi==0.118.0\n", 0),
        ("FROM python:3.13 AS a\nRUN pip install torch\nFROM debian:13-slim\n", 0),
    ],
)
def test_the_image_is_looked_into(dockerfile: str, found: int) -> None:
    judge = Judge("threads-ignore-limit", path="compose.yaml", files={"Dockerfile": dockerfile})

    assert len(judge.messages(BUILT)) == found


def test_the_fix_rounds_up() -> None:
    assert judge.fixed(compose("cpus: 2.5\n", image=TORCH), unsafe=False) == compose(
        'cpus: 2.5\nenvironment:\n  OMP_NUM_THREADS: "3"\n', image=TORCH
    )
    assert pods.fixed(pod("env: []\nresources: {limits: {cpu: 500m}}\n", image=TORCH)) == pod(
        'env: [{name: OMP_NUM_THREADS, value: "1"}]\nresources: {limits: {cpu: 500m}}\n',
        image=TORCH,
    )
