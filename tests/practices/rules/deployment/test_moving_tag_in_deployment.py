from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("moving-tag-in-deployment", path="compose.yaml")
pods = Judge("moving-tag-in-deployment", path="deployment.yaml")


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:latest",
        "nginx:stable",
        "ghcr.io/owner/image",
        "localhost:5000/image",
        "acme/api:main",
        "acme/api:${TAG:-latest}",
        "tensorflow/tensorflow:latest-gpu",
        "vllm/vllm-openai:nightly",
        "acme/api:prod",
    ],
)
def test_tags_that_move_are_found(image: str) -> None:
    text = compose(image=image)

    assert len(judge.messages(text)) == 1
    assert judge.places(text) == [image]


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.27",
        "nginx:1.27-alpine",
        "nginx:alpine3.22",
        "acme/api:${TAG}",
        "${IMAGE}",
        "acme/api:${TAG:-1.2}",
        "localhost:5000/image:1",
        "acme/api:v1.4-dev",
        "acme/api:dev-20261201",
        "acme/api:4f2a9c1",
        "nginx@sha256:" + "0" * 64,
        "nginx:latest@sha256:" + "0" * 64,
    ],
)
def test_tags_that_stay_and_those_not_known_are_not(image: str) -> None:
    assert judge.messages(compose(image=image)) == []


def test_what_is_built_here_may_be_called_anything() -> None:
    assert judge.messages(compose("build: .\n", image="api:latest")) == []
    assert len(judge.messages(compose("build: .\n", image="ghcr.io/acme/api:latest"))) == 1


def test_pods_are_judged_with_their_init_containers() -> None:
    text = pod(spec="initContainers:\n  - name: prepare\n    image: busybox\n")

    assert pods.messages(text) == ["`prepare` runs whatever `busybox:latest` is today"]
    assert pods.messages(pod(image="${IMAGE_URI}")) == []
    assert pods.messages(pod(image="ko://example.org/cmd/manager")) == []


def test_the_fix_takes_a_release() -> None:
    text = compose(image='"tensorflow/tensorflow:latest-gpu" # big')
    (finding,) = judge.findings(text)
    fixed = judge.fixed(text)

    assert finding.fix is not None
    assert fixed.startswith("services:\n  api:\n    image: tensorflow/tensorflow:2.")
    assert fixed.endswith("-gpu # big\n")
    assert judge.fixed(compose(image="acme/api:latest")) == compose(image="acme/api:latest")
