"""Images whose user the kubelet does not start."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod

COMPOSE = "services: {api: {build: ., image: 'registry.example.org/api:1.4.2'}}\n"
NON_ROOT = "securityContext:\n  runAsNonRoot: true"


def judge(*lines: str) -> Judge:
    dockerfile = "\n".join(["FROM python:3.12-slim", *lines, ""])
    files = {"compose.yaml": COMPOSE, "Dockerfile": dockerfile}
    return Judge("image-user-refused", path="pod.yaml", files=files)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["USER app"], "the user of its image is `app`, by name"),
        (["USER app:app"], "the user of its image is `app`, by name"),
        (["USER 0"], "the user of its image is root"),
        ([], "the user of its image is root"),
    ],
)
def test_users_that_are_refused_are_found(lines: list[str], why: str) -> None:
    found = judge(*lines)

    message = f"`runAsNonRoot` keeps `api` from starting: {why}"
    assert found.messages(pod(NON_ROOT)) == [message]
    assert found.places(pod(NON_ROOT)) == ["registry.example.org/api:1.4.2"]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["USER 10001"], pod(NON_ROOT)),
        (["USER app"], pod()),
        (["USER app"], pod(NON_ROOT + "\n  runAsUser: 1000")),
        (["USER app"], pod(NON_ROOT, image="other/api:1")),
        (["ARG U", "USER $U"], pod(NON_ROOT)),
    ],
)
def test_others_are_not(lines: list[str], text: str) -> None:
    assert judge(*lines).messages(text) == []


def test_the_number_comes_from_the_dockerfile() -> None:
    found = judge("RUN useradd -m -u 10001 app", "USER app")

    assert found.fixed(pod(NON_ROOT), unsafe=False) == pod(NON_ROOT + "\n  runAsUser: 10001")
    assert judge("RUN useradd app", "USER app").fixed(pod(NON_ROOT)) == pod(NON_ROOT)
