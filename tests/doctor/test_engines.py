"""Engines: which answer, which cannot limit, and what is said where none does."""

from __future__ import annotations

import pytest
from tests.doctor.machines import Machine, hints, told

from boxwright.doctor.engines import check_engines, find_engines
from boxwright.doctor.result import Result


def check(machine: Machine) -> list[Result]:
    host = machine.host()
    return list(check_engines(host, find_engines(host)))


def test_a_docker_that_answers_is_told_with_its_storage(machine) -> None:
    machine.docker()

    assert told(check(machine)) == {
        "docker": ("ok", "28.5.1, as root, storage `overlay2`, amd64"),
    }


def test_containerds_image_store_is_told(machine) -> None:
    status = [["driver-type", "io.containerd.snapshotter.v1"]]
    machine.docker(Driver="overlayfs", DriverStatus=status)

    assert told(check(machine))["docker"][1] == "28.5.1, as root, containerd's image store, amd64"


def test_without_any_engine_nothing_runs_here(machine) -> None:
    (result,) = check(machine)

    assert (result.verdict, result.evidence) == (
        "failure",
        "there is none of the programs `docker`, `podman` and `nerdctl`",
    )
    assert "building and pushing need none" in result.hint


def test_who_wants_no_engine_is_not_told_of_one(machine) -> None:
    machine.docker()
    machine.environ["BOXWRIGHT_ENGINE"] = "none"

    assert told(check(machine)) == {"engine": ("ok", "none is wanted: BOXWRIGHT_ENGINE is `none`")}


def test_an_engine_that_is_named_is_the_only_one(machine) -> None:
    machine.docker()
    machine.environ["BOXWRIGHT_ENGINE"] = "podman"

    assert told(check(machine)) == {"engine": ("failure", "`podman`: there is no such program")}


def test_an_engine_that_is_not_started_is_told_with_its_words(machine) -> None:
    machine.program("docker", "echo Cannot connect to the daemon. >&2; exit 1")

    assert told(check(machine)) == {
        "engine": ("failure", "`docker`: it reaches no engine (Cannot connect to the daemon)")
    }


def test_beside_one_that_answers_a_silent_one_is_a_warning(machine) -> None:
    machine.podman()
    machine.program("docker", 'echo \'{"ServerErrors": ["no daemon"]}\'; exit 1')

    assert told(check(machine)) == {
        "docker": ("warning", "it reaches no engine (no daemon)"),
        "podman": ("ok", "5.6.2, as root, storage `overlay`, amd64"),
    }


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"cgroups": "v1"}, "memory, processors and processes"),
        ({"cgroupControllers": ["memory", "pids"]}, "processors"),
    ],
)
def test_a_rootless_podman_may_not_limit_containers(machine, more, what: str) -> None:
    machine.podman(rootless=True, **more)

    results = check(machine)

    assert told(results) == {
        "podman": ("ok", "5.6.2, rootless, storage `overlay`, amd64"),
        "limits of podman": (
            "warning",
            f"containers cannot be limited in {what}: `boxwright run` asks for it",
        ),
    }
    assert "Delegate=cpu cpuset io memory pids" in hints(results)["limits of podman"]


def test_a_rootless_podman_with_all_controllers_is_well(machine) -> None:
    machine.podman(rootless=True)

    assert hints(check(machine)) == {}


def test_a_docker_that_cannot_limit_memory_is_told(machine) -> None:
    machine.docker(MemoryLimit=False, SecurityOptions=["name=rootless"])

    assert told(check(machine))["limits of docker"] == (
        "warning",
        "containers cannot be limited in memory: `boxwright run` asks for it",
    )


@pytest.mark.parametrize(
    ("more", "environ", "verdict"),
    [
        ({"ServerVersion": "20.10.24+dfsg1"}, {}, "warning"),
        ({"ServerVersion": "20.10.24+dfsg1"}, {"DOCKER_BUILDKIT": "1"}, "ok"),
        ({"Driver": "vfs"}, {}, "warning"),
    ],
)
def test_old_engines_and_slow_storages_are_warned_of(machine, more, environ, verdict) -> None:
    machine.docker(**more)
    machine.environ |= environ

    assert told(check(machine))["docker"][0] == verdict


def test_a_docker_elsewhere_is_told_as_one(machine) -> None:
    machine.docker()
    machine.environ["DOCKER_HOST"] = "ssh://builder"

    host = machine.host()
    (found,) = find_engines(host)

    assert found.engine is not None
    assert (found.engine.is_remote, found.engine.folder) == (True, "")
    assert told(check_engines(host, (found,)))["docker"][1].endswith("amd64 on another machine")


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{}", '{"ServerVersion": 7, "Runtimes": [], "SecurityOptions": 3}', "[" * 99_999],
)
def test_odd_answers_of_an_engine_break_nothing(machine, answer: str) -> None:
    machine.answers("docker", {"info": answer})

    assert [result.what for result in check(machine)] in (["engine"], ["docker"])
