"""Tests of the rule `cuda-devel-at-runtime`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("cuda-devel-at-runtime")


def test_the_runtime_flavour_takes_its_place() -> None:
    text = "ARG V=12.4.1\nFROM nvidia/cuda:${V}-devel-ubuntu22.04\r\nRUN pip install x\r\n"

    assert JUDGE.messages(text) == [
        (
            "`nvidia/cuda:12.4.1-devel-ubuntu22.04` ships compilers and headers:"
            " nothing is compiled with it"
        )
    ]
    assert JUDGE.fixed(text) == text.replace("devel", "runtime")


@pytest.mark.parametrize(
    "text",
    [
        "FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel",
        "FROM rocm/dev-ubuntu-22.04:6.2",
        "FROM nvcr.io/nvidia/nvhpc:24.7-devel-cuda12.5-ubuntu22.04",
        "FROM continuumio/miniconda3\nRUN conda install -y cudatoolkit-dev",
    ],
)
def test_other_development_images(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "RUN make",
        "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04",
        "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS dev",
        "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN pip install vllm",
        "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS b\nRUN make\nFROM debian\nCOPY --from=b /a /",
        "ARG FLAVOUR\nFROM nvidia/cuda:12.4.1-${FLAVOUR}-ubuntu22.04",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_an_image_that_compiles_gets_a_hint_and_no_fix() -> None:
    found = JUDGE.findings("FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN make -j")

    assert [(each.severity, each.fix) for each in found] == [(Severity.INFO, None)]
