"""Tests of the rule `gpus-shared-by-services`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("gpus-shared-by-services", path="compose.yaml")
ONE = "deploy: {resources: {reservations: {devices: [{count: 1, capabilities: [gpu]}]}}}"
FIRST = "deploy: {resources: {reservations: {devices: [{device_ids: ['0'], capabilities: [gpu]}]}}}"


def text(one: str, other: str) -> str:
    return f"services:\n  a:\n    image: x\n    {one}\n  b:\n    image: x\n    {other}\n"


@pytest.mark.parametrize(("one", "other"), [(ONE, ONE), (ONE, "gpus: all"), ("gpus: all", ONE)])
def test_two_that_count_are_found(one: str, other: str) -> None:
    assert JUDGE.messages(text(one, other)) == ["`b` is given the same GPUs as `a`"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ONE, FIRST),
        (FIRST, FIRST),
        (ONE, f"{ONE}\n    environment: [CUDA_VISIBLE_DEVICES=1]"),
        (f"{ONE}\n    profiles: [x]", f"{ONE}\n    profiles: [y]"),
        (ONE, f"{ONE}\n    depends_on: {{a: {{condition: service_completed_successfully}}}}"),
        (ONE, "deploy: {resources: {reservations: {devices: [{capabilities: [tpu]}]}}}"),
        ("runtime: nvidia", "runtime: nvidia"),
        (ONE, "ports: []"),
    ],
)
def test_what_is_decided_or_apart_is_not(one: str, other: str) -> None:
    assert JUDGE.messages(text(one, other)) == []
