"""Tests of the rule `gpu-wheels-without-gpu`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

TORCH = "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
BUILT = "services:\n  api:\n    build: .\n"


def judge(dockerfile: str = TORCH, requirements: str = "torch==2.6.0\n") -> Judge:
    files = {"Dockerfile": dockerfile, "requirements.txt": requirements}
    return Judge("gpu-wheels-without-gpu", path="compose.yaml", files=files)


def test_message_and_place() -> None:
    assert judge().messages(BUILT) == [
        "`api` is given no GPU, but its image has `torch` with CUDA (requirements.txt:1)"
    ]
    assert judge().places(BUILT) == ["api"]


@pytest.mark.parametrize(
    "text",
    [
        f"{BUILT}    gpus: all\n",
        f"{BUILT}    runtime: nvidia\n",
        f"{BUILT}    devices: [/dev/nvidia0]\n",
        f"{BUILT}  train:\n    build: .\n    gpus: all\n",
        "services:\n  api:\n    image: example.com/a\n",
        "services:\n  api:\n    build: other\n",
    ],
)
def test_what_has_a_gpu_or_is_not_known(text: str) -> None:
    assert judge().messages(text) == []


@pytest.mark.parametrize(
    ("dockerfile", "requirements"),
    [
        (TORCH, "torch==2.6.0+cpu\n"),
        (TORCH, "numpy\n"),
        (TORCH.replace("python:3.12-slim", "nvidia/cuda:12.4.1-base-ubuntu22.04"), "torch\n"),
        (TORCH.replace("python:3.12-slim", "example.com/base"), "torch\n"),
    ],
)
def test_what_is_not_for_gpus(dockerfile: str, requirements: str) -> None:
    assert judge(dockerfile, requirements).messages(BUILT) == []
