"""Builders of Dockerfiles and Compose: there, and new enough."""

from __future__ import annotations

from tests.doctor.machines import Machine, told

from boxwright.doctor.builders import check_builders, lacking
from boxwright.doctor.engines import find_engines
from boxwright.doctor.result import Result


def check(machine: Machine) -> list[Result]:
    host = machine.host()
    (found,) = find_engines(host)
    return list(check_builders(host, found.engine))


def test_a_new_docker_has_everything(machine) -> None:
    machine.docker()

    assert told(check(machine)) == {
        "BuildKit": ("ok", "buildx 0.29.1, in Docker 28.5.1"),
        "Compose": ("ok", "2.40.3"),
    }


def test_what_an_older_docker_lacks_is_named() -> None:
    assert lacking("docker", "23.0.6") == ("ADD --checksum", "HEALTHCHECK --start-interval")
    assert lacking("compose", "2.20.0") == (
        "healthcheck.start_interval",
        "develop.watch",
        "env_file.required",
        "gpus",
    )


def test_a_docker_without_its_plugins_is_warned_of(machine) -> None:
    machine.answers("docker", {"info": '{"ServerVersion": "28.5.1"}'})

    assert told(check(machine)) == {
        "BuildKit": ("warning", "there is no `docker buildx`"),
        "Compose": ("warning", "`docker compose` is not there"),
    }


def test_podman_builds_with_buildah(machine) -> None:
    machine.podman()

    assert told(check(machine))["buildah"] == ("ok", "buildah 1.41.5")


def test_nerdctl_builds_with_buildkit(machine) -> None:
    machine.answers(
        "nerdctl",
        {"info": '{"ServerVersion": "2.1.4"}', "compose version": "nerdctl Compose version v2.1.6"},
    )

    assert told(check(machine)) == {
        "BuildKit": ("warning", "there is no program `buildctl`"),
        "Compose": ("ok", "that of nerdctl 2.1.6"),
    }


def test_without_an_engine_nothing_is_said_of_builders(machine) -> None:
    assert list(check_builders(machine.host(), None)) == []
