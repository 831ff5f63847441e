"""Tests of the rule `cuda-wheel-mismatch`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("cuda-wheel-mismatch", files={"requirements.txt": "torch==2.1.0+cu118\n"})
BASE = "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n"


def test_the_word_that_names_it_is_the_place() -> None:
    text = f"{BASE}RUN pip install x \\\n  cupy-cuda11x\n"

    assert JUDGE.messages(text) == [
        "`cupy-cuda11x` is made for CUDA 11 (`cuda11x`), the base image has CUDA 12.4.1"
    ]
    assert JUDGE.places(text) == ["cupy-cuda11x"]
    assert JUDGE.findings(text)[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    "rest",
    [
        "COPY requirements.txt .\nRUN pip install -r requirements.txt",
        "RUN pip install torch --index-url https://download.pytorch.org/whl/cu118",
        "RUN uv pip install --torch-backend cu118 torch",
        "RUN pip install torch==2.12.0",
    ],
)
def test_a_package_with_libraries_of_its_own_is_less_bad(rest: str) -> None:
    assert [each.severity for each in JUDGE.findings(BASE + rest)] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}RUN pip install torch",
        "FROM python:3.12\nRUN pip install torch==2.1.0+cu118",
        "ARG C\nFROM nvidia/cuda:$C-base-ubuntu22.04\nRUN pip install cupy-cuda11x",
        "RUN pip install cupy-cuda11x",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_another_minor_release_is_worth_knowing() -> None:
    text = f"{BASE}RUN pip install torch --index-url https://download.pytorch.org/whl/cu121"

    (finding,) = JUDGE.findings(text)

    assert (finding.severity, finding.message) == (
        Severity.INFO,
        (
            "`torch` is made for CUDA 12.1 (`cu121`), the base image has CUDA 12.4.1: it runs all the"
            " same"
        ),
    )
