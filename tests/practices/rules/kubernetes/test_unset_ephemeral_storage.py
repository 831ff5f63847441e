"""Models that are fetched to a disk that nobody reserved."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod

JUDGE = Judge("unset-ephemeral-storage", path="pod.yaml")
VLLM = "vllm/vllm-openai:v0.6.4"
ARGS = "args: [--model, mistralai/Mistral-7B]\n"
GPU = "resources: {limits: {nvidia.com/gpu: 1}}\n"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (pod(ARGS, image=VLLM), "`mistralai/Mistral-7B`"),
        (pod("args: [--model=a/b]\n" + GPU), "`a/b`"),
        (pod(GPU + "env: [{name: MODEL_ID, value: a/b}]"), "`a/b`"),
        (pod(GPU + "env: [{name: HF_TOKEN, valueFrom: {secretKeyRef: {name: h, key: t}}}]"), "a model"),
        (pod(ARGS + "volumeMounts: [{name: c, mountPath: /c}]",
             "volumes: [{name: c, emptyDir: {}}]", image=VLLM), "`mistralai/Mistral-7B`"),
    ],
)  # fmt: skip
def test_models_without_a_disk_are_found(text: str, model: str) -> None:
    assert JUDGE.messages(text) == [f"`api` fetches {model} and reserves no disk for it"]


@pytest.mark.parametrize(
    "text",
    [
        pod(GPU),
        pod(ARGS),
        pod("args: [--model, /models/mistral]\n" + GPU, image=VLLM),
        pod(ARGS + "resources: {requests: {ephemeral-storage: 20Gi}}", image=VLLM),
        pod(ARGS + "resources: {limits: {ephemeral-storage: 20Gi}}", image=VLLM),
        pod(ARGS + "volumeMounts: [{name: c, mountPath: /c}]",
            "volumes: [{name: c, persistentVolumeClaim: {claimName: hub}}]", image=VLLM),
    ],
)  # fmt: skip
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
