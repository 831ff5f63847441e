"""Tests of the rule `unstated-cuda-architectures`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unstated-cuda-architectures")
DEVEL = "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n"


def test_message_and_place() -> None:
    text = f"{DEVEL}RUN pip install torch && \\\n  pip install flash-attn==2.7.4\n"

    assert JUDGE.messages(text) == ["`flash-attn` is compiled for GPUs, but nothing says for which"]
    assert JUDGE.places(text) == ["flash-attn==2.7.4"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{DEVEL}RUN <<EOF\nnvcc -o a a.cu\nEOF", 1),
        (f"{DEVEL}RUN pip install git+https://github.com/facebookresearch/xformers", 1),
        (f"{DEVEL}RUN nvcc -arch=sm_80 -o a a.cu", 0),
        (f"{DEVEL}RUN nvcc --version", 0),
        (f"{DEVEL}ENV TORCH_CUDA_ARCH_LIST=8.0\nRUN pip install flash-attn", 0),
        (f"{DEVEL}RUN export TORCH_CUDA_ARCH_LIST=8.0 && pip install flash-attn", 0),
        (f"{DEVEL}ARG TORCH_CUDA_ARCH_LIST\nRUN pip install flash-attn", 0),
        ("FROM python:3.12\nRUN pip install flash-attn", 0),
        (f"{DEVEL}RUN pip install deepspeed torch", 0),
        (f"{DEVEL}CMD nvcc a.cu", 0),
    ],
)
def test_what_is_compiled(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
