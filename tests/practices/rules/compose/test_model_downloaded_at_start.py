"""Tests of the rule `model-downloaded-at-start`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("model-downloaded-at-start", path="compose.yaml")
VLLM = "services:\n  a:\n    image: vllm/vllm-openai:v0.6.4\n    command: --model org/m\n"


def test_a_model_of_the_hub_without_a_volume_is_found() -> None:
    assert JUDGE.messages(VLLM) == [
        "vLLM downloads `org/m` anew in each container: nothing is at `/root/.cache/huggingface`"
    ]


@pytest.mark.parametrize(
    "more",
    [
        "    volumes: [cache:/root/.cache]\n",
        "    volumes: ['./hub:/root/.cache/huggingface/hub']\n",
        "    environment: {HF_HOME: /models}\n    volumes: ['./m:/models']\n",
        "    environment: [HF_HOME]\n",
        "    volumes_from: [b]\n",
    ],
)
def test_it_is_not_where_something_keeps_it(more: str) -> None:
    assert JUDGE.messages(VLLM + more) == []


@pytest.mark.parametrize("model", ["/models/m", "$MODEL", "./m"])
def test_a_path_or_an_unknown_model_is_not(model: str) -> None:
    assert JUDGE.messages(VLLM.replace("org/m", model)) == []


def test_other_servers() -> None:
    tgi = "services:\n  a:\n    image: ghcr.io/huggingface/text-generation-inference:3.0\n"
    ollama = "services:\n  a:\n    image: ollama/ollama:0.5.1\n"

    assert JUDGE.messages(tgi) == []
    assert len(JUDGE.messages(tgi + "    environment: {MODEL_ID: org/m}\n")) == 1
    assert JUDGE.messages(ollama) == [
        "Ollama downloads its models anew in each container: nothing is at `/root/.ollama`"
    ]


def test_a_volume_is_mounted_and_declared() -> None:
    assert JUDGE.fixed(VLLM) == (
        VLLM + "    volumes:\n      - model-cache:/root/.cache/huggingface\n"
        "volumes:\n  model-cache:\n"
    )
    text = VLLM + "    volumes:\n      - a:/b\nvolumes:\n  a:\n"
    assert JUDGE.fixed(text) == (
        VLLM + "    volumes:\n      - a:/b\n      - model-cache:/root/.cache/huggingface\n"
        "volumes:\n  a:\n  model-cache:\n"
    )
