from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("undigested-image", path="compose.yaml")
pods = Judge("undigested-image", path="deployment.yaml")

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize("image", ["nginx:1.27", "nginx", "acme/api:${TAG}", "nginx:${TAG:-1}"])
def test_a_tag_alone_is_found(image: str) -> None:
    text = compose(image=image)

    assert judge.messages(text) == [f"nothing says by digest which `{image}` `api` runs"]
    assert judge.places(text) == [image]


@pytest.mark.parametrize(
    "image", [f"nginx@{DIGEST}", f"nginx:1@{DIGEST}", "${IMAGE}", "a@${DIGEST}"]
)
def test_a_digest_is_seen(image: str) -> None:
    assert judge.messages(compose(image=image)) == []


def test_what_is_built_here_has_none() -> None:
    assert judge.messages(compose("build: .\n")) == []


def test_pods_are_judged() -> None:
    assert len(pods.messages(pod())) == 1
    assert pods.messages(pod(image=f"a@{DIGEST}")) == []
