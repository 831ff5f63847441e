"""Tests of the rule `cuda-twice`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cuda-twice", files={"requirements.txt": "torch==2.6.0\n"})
RUNTIME = "FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04\n"


def test_the_base_becomes_the_small_one() -> None:
    text = f"{RUNTIME}RUN pip install torch==2.6.0\n"

    assert JUDGE.messages(text) == [
        (
            "`torch` brings the CUDA libraries that it uses: those of"
            " `nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04` (about 2.0 GB) are there a second time"
        )
    ]
    assert JUDGE.places(text) == ["nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04"]
    assert JUDGE.fixed(text) == text.replace("cudnn-runtime", "base")


@pytest.mark.parametrize(
    "rest",
    [
        "COPY requirements.txt .\r\nRUN pip install -r requirements.txt",
        "RUN uv pip install --system \\\n  vllm==0.8.0",
        "RUN <<EOF\npip install 'tensorflow[and-cuda]==2.18.0'\nEOF",
        "RUN pip install sentence-transformers",
    ],
)
def test_what_brings_libraries(rest: str) -> None:
    assert len(JUDGE.messages(f"{RUNTIME}{rest}")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "RUN pip install torch",
        "FROM python:3.12\nRUN pip install torch",
        "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN pip install torch",
        f"{RUNTIME}RUN pip install torch --index-url https://download.pytorch.org/whl/cpu",
        f"{RUNTIME}RUN pip install torch onnxruntime-gpu",
        f"{RUNTIME}RUN pip install tensorflow",
        f"{RUNTIME}RUN pip install torch && nvcc -o a a.cu",
        "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN pip install torch flash-attn",
        f"{RUNTIME.strip()} AS a\nRUN pip install torch\nFROM debian\nCOPY --from=a /x /x",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_base_that_others_share_stays() -> None:
    text = (
        "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04 AS base\nFROM base AS build\nRUN make\n"
        "FROM base\nRUN pip install torch\n"
    )

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]
