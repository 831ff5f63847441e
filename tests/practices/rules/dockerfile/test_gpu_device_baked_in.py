"""Tests of the rule `gpu-device-baked-in`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("gpu-device-baked-in")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "FROM a\nENV CUDA_VISIBLE_DEVICES=0,1\nRUN x\n",
            "FROM a\nRUN x\n",
            "`CUDA_VISIBLE_DEVICES` gives GPU `0,1` to every container, whatever it is started with",
        ),
        (
            "ENV A=b \\\r\n    NVIDIA_VISIBLE_DEVICES=all \\\r\n    C=d\r\n",
            "ENV A=b \\\r\n    C=d\r\n",
            "`NVIDIA_VISIBLE_DEVICES` gives all GPUs to every container, whatever it is started with",
        ),
        (
            "ARG GPU=1\nFROM a\nARG GPU\nENV CUDA_VISIBLE_DEVICES=$GPU B=c",
            "ARG GPU=1\nFROM a\nARG GPU\nENV B=c",
            "`CUDA_VISIBLE_DEVICES` gives GPU `1` to every container, whatever it is started with",
        ),
        (
            "ENV NVIDIA_DRIVER_CAPABILITIES all",
            "ENV NVIDIA_DRIVER_CAPABILITIES compute,utility",
            "`NVIDIA_DRIVER_CAPABILITIES=all` gives containers the driver's graphics and video as well",
        ),
    ],
)
def test_message_and_fix(before: str, after: str, message: str) -> None:
    assert JUDGE.messages(before) == [message]
    assert JUDGE.fixed(before) == after


@pytest.mark.parametrize(
    "text",
    [
        'ENV CUDA_VISIBLE_DEVICES=""',
        "ENV CUDA_VISIBLE_DEVICES=-1",
        "ENV NVIDIA_VISIBLE_DEVICES=void",
        "ENV CUDA_VISIBLE_DEVICES=$UNKNOWN",
        "ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility,video",
        "RUN CUDA_VISIBLE_DEVICES=0 python x.py",
        "FROM nvidia/cuda:12.4.1-base-ubuntu22.04",
        "FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nENV NVIDIA_VISIBLE_DEVICES=all",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
