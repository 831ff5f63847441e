"""Tests of the rule `mixed-cuda-wheels`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge(
    "mixed-cuda-wheels", files={"requirements.txt": "torch==2.1.0+cu118\ncupy-cuda12x==13.3.0\n"}
)


def test_both_are_named() -> None:
    text = (
        "FROM debian\nRUN pip install torch --index-url https://download.pytorch.org/whl/cu118"
        " && pip install cupy-cuda12x\n"
    )

    assert JUDGE.messages(text) == [
        "`cupy-cuda12x` is made for CUDA 12 (`cuda12x`), `torch` for CUDA 11.8 (`cu118`)"
    ]
    assert JUDGE.places(text) == ["cupy-cuda12x"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FROM debian\nCOPY requirements.txt .\nRUN pip install -r requirements.txt", 1),
        ("RUN pip install faiss-gpu-cu11 cupy-cuda12x", 1),
        ("FROM debian\nRUN pip install torch cupy-cuda12x", 0),
        ("FROM debian\nRUN pip install cupy-cuda12x faiss-gpu-cu12", 0),
        ("FROM a AS a\nRUN pip install cupy-cuda11x\nFROM b\nRUN pip install cupy-cuda12x", 0),
        ("FROM debian\nRUN pip install torch==2.9.0+cpu cupy-cuda12x", 0),
    ],
)
def test_majors_are_compared(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
