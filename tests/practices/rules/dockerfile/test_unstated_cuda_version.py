"""Tests of the rule `unstated-cuda-version`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unstated-cuda-version")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM nvidia/cuda", "`nvidia/cuda` names no CUDA release: any build may get another"),
        (
            "ARG TAG\nFROM nvidia/cuda:$TAG",
            "`nvidia/cuda:$TAG` has no default: any build may get another",
        ),
        (
            "FROM a\nRUN conda install -y \\\n  tensorflow-gpu",
            "`tensorflow-gpu` is installed for whatever CUDA is newest then",
        ),
    ],
)
def test_messages(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM nvidia/cuda:12.4.1-base-ubuntu22.04",
        "ARG TAG=12.4.1-base-ubuntu22.04\nFROM nvidia/cuda:$TAG",
        "FROM nvidia/cuda@sha256:0123456789",
        "RUN conda install pytorch",
        "RUN conda install pytorch-gpu cuda-version=12.6",
        "RUN conda install pytorch-gpu=2.5=cuda126*",
        "ARG IMAGE\nFROM $IMAGE",
        "RUN pip install torch",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
