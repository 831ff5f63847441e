"""Asking an engine: bounded in time and size, whatever it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.errors import EngineError
from boxwright.run.client import Client, Host, State
from boxwright.store.engine import Engine


def engine_that(tmp_path: Path, script: str, name: str = "docker") -> Client:
    """Return an engine whose command line is *script*."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    engine = Engine(
        name=name,
        program=str(program),
        version="1",
        storage="layers",
        environ={"PATH": "/usr/bin:/bin"},
    )
    return Client(engine=engine)


def test_of_endless_output_the_end_is_kept(tmp_path) -> None:
    client = engine_that(tmp_path, "head -c 9000000 /dev/zero | tr '\\0' x; printf end")

    found = client.logs("x")

    assert found.endswith("xend")
    assert len(found) <= 2 << 20


def test_an_engine_that_does_not_answer_is_told(tmp_path) -> None:
    client = engine_that(tmp_path, "exec sleep 30")

    with pytest.raises(EngineError, match=r"`docker info` did not end within 0\.2 seconds"):
        client.ask("info", timeout=0.2)


def test_its_own_words_and_what_to_do(tmp_path) -> None:
    client = engine_that(tmp_path, "echo 'Error: port is already allocated' >&2; exit 125")

    with pytest.raises(EngineError) as caught:
        client.ask("run")

    assert caught.value.message == "docker 1 did not run: Error: port is already allocated"
    assert caught.value.hint == "another program has that port: name one with `--publish`"


@pytest.mark.parametrize("answer", ["", "[]", "{", "null", '[{"State": 3}]', "[" * 5000])
def test_an_answer_that_makes_no_sense_is_none(tmp_path, answer: str) -> None:
    client = engine_that(tmp_path, f"printf '%s' '{answer}'")

    assert client.state("x") is None
    assert client.host() == Host()


def test_a_state_is_read_from_docker_and_podman(tmp_path) -> None:
    told = (
        '[{"State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true,'
        ' "Health": {"Status": "unhealthy"}}}]'
    )

    assert engine_that(tmp_path, f"printf '%s' '{told}'").state("x") == State(
        status="exited", exit_code=137, was_killed_for_memory=True, health="unhealthy"
    )


def test_an_engine_over_the_network_is_elsewhere(tmp_path) -> None:
    script = (
        'if [ "$1" = context ]; then echo tcp://build.example:2376;'
        ' else echo \'{"NCPU": 8, "MemoryLimit": false}\'; fi'
    )

    assert engine_that(tmp_path, script).host() == Host(cpus=8, is_remote=True, limits_memory=False)


def test_podman_tells_of_its_host_in_another_place(tmp_path) -> None:
    told = '{"host": {"cpus": 4, "serviceIsRemote": true}}'

    assert engine_that(tmp_path, f"printf '%s' '{told}'", "podman").host() == Host(
        cpus=4, is_remote=True
    )


def test_the_port_that_was_given_is_found(tmp_path) -> None:
    assert engine_that(tmp_path, "echo 127.0.0.1:32768").published("x", 8000) == 32768
    assert engine_that(tmp_path, "echo nonsense").published("x", 8000) is None
