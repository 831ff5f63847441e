"""Tests of the rule `library-path-hides-wheels`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("library-path-hides-wheels")
TORCH = "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN pip install torch==2.6.0\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64:/opt/x/lib", "ENV LD_LIBRARY_PATH=/opt/x/lib"),
        (
            'ENV A=b LD_LIBRARY_PATH="/a:/usr/local/cuda-12.4/lib64:${LD_LIBRARY_PATH}"',
            'ENV A=b LD_LIBRARY_PATH="/a:${LD_LIBRARY_PATH}"',
        ),
        ("ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64:$LD_LIBRARY_PATH\nRUN x", "RUN x"),
        ("ENV LD_LIBRARY_PATH /usr/local/cuda/lib64/:/a", "ENV LD_LIBRARY_PATH /a"),
        ("ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}\n", ""),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.fixed(TORCH + before) == TORCH + after


def test_message() -> None:
    assert JUDGE.messages(f"{TORCH}ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64") == [
        "`/usr/local/cuda/lib64` comes before the CUDA libraries that `torch` brings"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64",
        f"{TORCH}ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib64",
        f"{TORCH}RUN pip install onnxruntime-gpu\nENV LD_LIBRARY_PATH=/usr/local/cuda/lib64",
        f"{TORCH}ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64\nFROM debian",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
