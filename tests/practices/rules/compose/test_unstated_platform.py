"""Tests of the rule `unstated-platform`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

CUDA = "FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04\n"
COMPOSE = "services:\r\n  api:\r\n    build: .\r\n"


def judge(dockerfile: str) -> Judge:
    return Judge("unstated-platform", path="compose.yaml", files={"Dockerfile": dockerfile})


def test_a_base_for_gpus_is_found_and_the_platform_stated() -> None:
    assert judge(CUDA).messages(COMPOSE) == [
        (
            "`api` stands on `nvidia/cuda:12.8.1-runtime-ubuntu24.04`, and is built for the platform"
            " of whoever builds it"
        )
    ]
    assert judge(CUDA).fixed(COMPOSE) == f"{COMPOSE}    platform: linux/amd64\r\n"


def test_wheels_for_gpus_count() -> None:
    dockerfile = "FROM python:3.12-slim\nRUN pip install torch==2.6.0+cu124\n"

    assert judge(dockerfile).messages(COMPOSE) == [
        "`api` installs `torch` for CUDA 12.4, and is built for the platform of whoever builds it"
    ]


@pytest.mark.parametrize(
    ("dockerfile", "more"),
    [
        (CUDA, "    platform: linux/arm64\n"),
        (CUDA.replace("FROM", "FROM --platform=linux/amd64"), ""),
        ("FROM python:3.12-slim\nRUN pip install torch\n", ""),
        ("FROM nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3\n", ""),
        ("FROM own:1\n", ""),
        ("ARG BASE\nFROM $BASE\n", ""),
    ],
)
def test_otherwise_nothing_is_found(dockerfile: str, more: str) -> None:
    assert judge(dockerfile).messages(COMPOSE + more) == []
