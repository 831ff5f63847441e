"""Tests of the rule `gpu-image-without-gpu`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("gpu-image-without-gpu", path="compose.yaml")
VLLM = "services:\n  llm:\n    image: vllm/vllm-openai:v0.6.4\n"


def test_an_image_for_gpus_is_found() -> None:
    assert JUDGE.messages(VLLM) == [
        "`llm` is `vllm/vllm-openai:v0.6.4`, which is for GPUs, and has none"
    ]
    assert JUDGE.places(VLLM) == ["vllm/vllm-openai:v0.6.4"]


@pytest.mark.parametrize(
    "more",
    [
        "    gpus: all\n",
        "    runtime: nvidia\n",
        "    command: --device cpu\n",
        "    devices: [/dev/nvidia0]\n",
        '    environment: {CUDA_VISIBLE_DEVICES: ""}\n',
        "    environment: [DEVICE=cpu]\n",
        "  other:\n    ports: []\n",
    ],
)
def test_it_is_not_where_it_has_one_needs_none_or_the_file_is_a_part(more: str) -> None:
    assert JUDGE.messages(VLLM + more) == []


@pytest.mark.parametrize("image", ["ollama/ollama:0.5", "python:3.12", "x/cuda:1", "$IMAGE"])
def test_other_images_are_not_found(image: str) -> None:
    assert JUDGE.messages(f"services:\n  a:\n    image: {image}\n") == []


def test_what_is_built_is_judged_by_its_last_stage() -> None:
    dockerfile = "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS b\nFROM python:3.12-slim\n"
    judge = Judge(JUDGE.name, path="compose.yaml", files={"Dockerfile": dockerfile})

    assert judge.messages("services:\n  a:\n    build: .\n") == []
    assert judge.messages("services:\n  a:\n    build: {context: ., target: b}\n") == [
        "`a` is built on `nvidia/cuda:12.4.1-devel-ubuntu22.04`, which is for GPUs, and has none"
    ]


def test_a_gpu_is_reserved_where_something_is_already() -> None:
    text = (
        VLLM + "    deploy:\n        resources:\n            limits: {memory: 8G}\n    ports: []\n"
    )

    assert JUDGE.fixed(text) == (
        VLLM + "    deploy:\n        resources:\n            limits: {memory: 8G}\n"
        "            reservations:\n              devices:\n                - driver: nvidia\n"
        "                  count: 1\n                  capabilities: [gpu]\n    ports: []\n"
    )
