"""Tests of the rule `cuda-library-from-distribution`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cuda-library-from-distribution")
TORCH = "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN pip install torch==2.6.0\n"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            f"{TORCH}RUN apt-get install -y libnccl2 curl\n",
            f"{TORCH}RUN apt-get install -y curl\n",
            "`libnccl2` is installed, but `torch` brings its own",
        ),
        (
            f"{TORCH}RUN apt-get install -y \\\n    curl \\\n    libcudnn9-cuda-12 \\\n    wget\n",
            f"{TORCH}RUN apt-get install -y \\\n    curl \\\n    wget\n",
            "`libcudnn9-cuda-12` is installed, but `torch` brings its own",
        ),
        (
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN apt-get install -y a libcublas-12-4",
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN apt-get install -y a",
            "`libcublas-12-4` is installed, but `nvidia/cuda:12.4.1-runtime-ubuntu22.04` has it",
        ),
    ],
)
def test_message_and_fix(before: str, after: str, message: str) -> None:
    assert JUDGE.messages(before) == [message]
    assert JUDGE.fixed(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN apt-get install -y libcudnn9-cuda-12",
        f"{TORCH}RUN apt-get install -y libnvinfer10",
        f"{TORCH}RUN pip install onnxruntime-gpu\nRUN apt-get install -y libcudnn9-cuda-12",
        f"{TORCH}RUN apt-get install -y libcudnn9-dev-cuda-12",
        "RUN apt-get install -y libcudnn9-cuda-12",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
