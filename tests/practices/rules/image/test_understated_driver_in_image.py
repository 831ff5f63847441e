from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "understated-driver-in-image"


def asking(value: str, *others: str) -> str:
    more = "".join(f", {other}" for other in others)
    return f"""
env: {{NVIDIA_REQUIRE_CUDA: '{value}'{more}}}
layers:
  - step: "ENV NVIDIA_REQUIRE_CUDA={value}"
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
"""


def test_too_little_is_found() -> None:
    assert found(RULE, asking("cuda>=11.8")) == [
        (
            "2: warning: `NVIDIA_REQUIRE_CUDA` asks for CUDA 11.8, and CUDA 12.8 is in the image, which "
            "needs driver 525.60.13"
        )
    ]


@pytest.mark.parametrize("value", ["cuda>=12.8", "cuda>=12.0", "cuda>=13.0", "brand=tesla", ""])
def test_enough_is_fine(value: str) -> None:
    assert found(RULE, asking(value)) == []


def test_nothing_is_asked_where_that_is_turned_off() -> None:
    assert found(RULE, asking("cuda>=11.8", "NVIDIA_DISABLE_REQUIRE: '1'")) == []


def test_a_number_that_is_none_does_no_harm() -> None:
    assert found(RULE, asking(f"cuda>={'9' * 6000}")) == []
