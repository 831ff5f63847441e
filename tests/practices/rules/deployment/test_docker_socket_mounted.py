from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("docker-socket-mounted", path="compose.yaml")
pods = Judge("docker-socket-mounted", path="deployment.yaml")


@pytest.mark.parametrize(
    ("mount", "message"),
    [
        (
            "/var/run/docker.sock:/var/run/docker.sock",
            "`api` can do what Docker can, which is root on the machine",
        ),
        (
            "/run/user/1000/podman/podman.sock:/engine.sock:ro",
            "`api` can do what Podman can, which is root on the machine",
        ),
        (
            "${DOCKER_SOCKET:-/var/run/docker.sock}:/var/run/docker.sock",
            "`api` can do what Docker can, which is root on the machine",
        ),
        ("/var/run:/var/run", "`api` gets `/var/run`, where the engine's socket is"),
    ],
)
def test_sockets_and_their_folder_are_found(mount: str, message: str) -> None:
    text = compose(f"volumes:\n  - {mount}\n")

    assert judge.messages(text) == [message]
    assert judge.places(text) == [mount]


@pytest.mark.parametrize(
    "mount", ["./docker.sock.d:/a", "socket:/var/run/docker.sock", "/var/run/postgresql:/a", "/:/a"]
)
def test_other_mounts_are_not(mount: str) -> None:
    assert judge.messages(compose(f"volumes: ['{mount}']\n")) == []


def test_a_long_mount_and_that_of_a_pod_are_seen() -> None:
    source = "/run/containerd/containerd.sock"

    assert len(judge.messages(compose(
        f"volumes: [{{type: bind, source: {source}, target: /a}}]\n"
    ))) == 1  # fmt: skip
    assert pods.places(
        pod(
            "volumeMounts: [{name: a, mountPath: /a}]\n",
            f"volumes: [{{name: a, hostPath: {{path: {source}}}}}]\n",
        )
    ) == ["{name: a, mountPath: /a}"]
