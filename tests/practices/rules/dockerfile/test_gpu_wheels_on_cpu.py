"""Tests of the rule `gpu-wheels-on-cpu`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("gpu-wheels-on-cpu", files={"requirements.txt": "torch==2.6.0\n"})
CPU = "CMD python x.py --device=cpu\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"FROM python\nRUN pip install torch==2.6.0 torchvision && x\n{CPU}",
            (
                "FROM python\nRUN pip install torch==2.6.0 torchvision"
                f" --index-url https://download.pytorch.org/whl/cpu && x\n{CPU}"
            ),
        ),
        (
            f"FROM python\nRUN uv pip install \\\n  torch\n{CPU}",
            f"FROM python\nRUN uv pip install \\\n  torch --torch-backend cpu\n{CPU}",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.messages(before) == [
        "`torch` is installed with CUDA, but `--device=cpu` keeps it on the CPU"
    ]
    assert JUDGE.fixed(before) == after


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FROM python\nCOPY . .\nRUN pip install -r requirements.txt\nENV TORCH_DEVICE=cpu", 1),
        ("FROM python\nRUN pip install torch\nENV CUDA_VISIBLE_DEVICES=", 1),
        ("FROM python\nRUN pip install torch\nCMD python x.py", 0),
        (f"FROM python\nRUN pip install torch==2.6.0+cpu\n{CPU}", 0),
        (f"FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN pip install torch\n{CPU}", 0),
        (f"FROM python\nRUN pip install numpy\n{CPU}", 0),
        (CPU, 0),
    ],
)
def test_only_what_says_that_it_uses_the_cpu(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
