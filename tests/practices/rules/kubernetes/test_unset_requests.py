"""Containers that do not say what they need."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, together

JUDGE = Judge("unset-requests", path="pod.yaml")
RANGE = (
    "apiVersion: v1\nkind: LimitRange\nmetadata: {name: r}\n"
    "spec: {limits: [{type: Container, defaultRequest: {cpu: 100m, memory: 1Gi}}]}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pod(), "`api` requests neither processor nor memory"),
        (pod("resources: {requests: {memory: 1Gi}}"), "`api` requests no processor"),
        (pod("resources: {limits: {cpu: 1}}"), "`api` requests no memory"),
    ],
)
def test_containers_that_do_not_say_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        pod("resources: {requests: {cpu: 1, memory: 1Gi}}"),
        pod("resources: {limits: {cpu: 1, memory: 1Gi}}"),
        pod("resources: {limits: {cpu: 1, memory: 1Gi}}", "initContainers: [{name: i, image: b}]"),
        together(pod(), RANGE),
        pod().replace("image:", "note:"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []
