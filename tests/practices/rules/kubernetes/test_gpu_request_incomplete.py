"""GPUs that are asked for in part."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("gpu-request-incomplete", path="pod.yaml")
SELECTED = "nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}"


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ("{requests: {nvidia.com/gpu: 1}}",
         "`api` has `nvidia.com/gpu` in its requests and not in its limits"),
        ("{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}",
         "`api` requests `1` of `nvidia.com/gpu`, and its limit is `2`"),
        ("{limits: {nvidia.com/gpu: 0.5}}",
         "`api` asks for `0.5` of `nvidia.com/gpu`, which come only as a whole"),
        ("{requests: {amd.com/gpu: 500m}}",
         "`api` asks for `500m` of `amd.com/gpu`, which come only as a whole"),
    ],
)  # fmt: skip
def test_what_the_api_refuses_is_found(resources: str, message: str) -> None:
    assert JUDGE.messages(pod(f"resources: {resources}")) == [message]


@pytest.mark.parametrize(
    "text",
    [
        pod("resources: {limits: {nvidia.com/gpu: 1}}"),
        pod('resources: {limits: {nvidia.com/gpu: "1"}, requests: {nvidia.com/gpu: 1}}'),
        pod("resources: {requests: {cpu: 500m}}", SELECTED.replace("gke-accelerator", "pool")),
        pod("resources: {limits: {nvidia.com/gpu: 1}}", SELECTED),
        pod("", f"{SELECTED}\nresourceClaims: [{{name: gpu, resourceClaimName: one}}]"),
        pod("resources: {limits: {nvidia.com/mig-1g.5gb: 1}}", SELECTED),
        workload("", SELECTED, kind="DaemonSet"),
    ],
)
def test_what_gets_its_gpus_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_gpu_node_without_a_gpu_is_found() -> None:
    text = pod("", SELECTED)

    assert JUDGE.messages(text) == [
        "the node is picked by `cloud.google.com/gke-accelerator`, and no container asks for a GPU"
    ]
    assert JUDGE.places(text) == ["cloud.google.com/gke-accelerator"]


def test_tolerations_are_asked_for_where_settings_say_so() -> None:
    text = pod("resources: {limits: {nvidia.com/gpu: 1}}")
    judge = Judge(JUDGE.name, path="pod.yaml", settings="require-toleration = true")

    assert judge.messages(text) == [
        "`api` asks for GPUs, and the pod tolerates no taint of GPU nodes"
    ]
    assert judge.messages(text + "  tolerations: [{key: nvidia.com/gpu}]\n") == []


@pytest.mark.parametrize(
    ("before", "after", "unsafe"),
    [
        ("resources:\n  requests:\n    nvidia.com/gpu: 1  # one",
         "resources:\n  requests:\n    nvidia.com/gpu: 1  # one\n  limits:\n    nvidia.com/gpu: 1",
         False),
        ("resources: {requests: {nvidia.com/gpu: 1}, limits: {memory: 8Gi}}",
         "resources: {requests: {nvidia.com/gpu: 1}, limits: {memory: 8Gi, nvidia.com/gpu: 1}}",
         False),
        ("resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}",
         "resources: {requests: {nvidia.com/gpu: 2}, limits: {nvidia.com/gpu: 2}}", True),
    ],
)  # fmt: skip
def test_fix(before: str, after: str, unsafe: bool) -> None:
    assert JUDGE.fixed(pod(before), unsafe=unsafe) == pod(after)
    crlf = pod(before).replace("\n", "\r\n")
    assert JUDGE.fixed(crlf, unsafe=unsafe) == pod(after).replace("\n", "\r\n")
