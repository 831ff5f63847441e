"""What a project's plan wants: memory, processors, ports, secrets, data."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doctor.machines import hints, told

from boxwright.build.from_folder import Planned, plan_folder
from boxwright.doctor.engines import find_engines
from boxwright.doctor.ports import listening_ports
from boxwright.doctor.project import check_project
from boxwright.doctor.result import Result
from boxwright.plan.model import Resources, Secret, Volume, Workload

GIB = 1 << 30
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:0050 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0
   2: nonsense
"""


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return the plan of a small service."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (folder / "requirements.txt").write_text("fastapi\nuvicorn\n")
    return plan_folder(
        folder, overrides={"platform": "linux/amd64"}, offline=True, environ=os.environ
    )


def workload(name: str, kind: str = "service", **resources: float) -> Workload:
    return Workload(
        name=name,
        kind=kind,
        command=("python",),
        port=8000 if kind == "service" else None,
        resources=replace(Resources(memory=GIB), **resources),  # type: ignore[arg-type]
    )


def check(machine, planned: Planned, **changes: object) -> list[Result]:
    changes = {"workloads": (workload("api"),), "secrets": (), "volumes": ()} | changes
    plan = replace(planned.plan, companions=(), **changes)  # type: ignore[arg-type]
    found = find_engines(machine.host())
    engine = found[0].engine if found else None
    return list(check_project(machine.host(), replace(planned, plan=plan), engine))


def test_a_small_service_on_a_large_machine_is_well(machine, planned) -> None:
    machine.memory(16)

    assert told(check(machine, planned)) == {
        "project": ("ok", "linux/amd64, for the CPU, 1 workload"),
        "memory of workloads": ("ok", "1.0 GiB of 16.0 GiB, for what runs all the time"),
        "ports": ("ok", "8000 is free"),
    }


def test_a_service_that_is_larger_than_the_machine_fails_and_a_job_may(machine, planned) -> None:
    machine.memory(8)
    workloads = (workload("api", memory=9 * GIB), workload("train", "job", memory=10 * GIB))

    results = check(machine, planned, workloads=workloads)

    assert told(results)["memory of `api`"] == (
        "failure",
        "it may use 9.0 GiB, and there are 8.0 GiB",
    )
    assert told(results)["memory of `train`"][0] == "warning"
    assert hints(results)["memory of `api`"] == (
        "set `workloads.api.memory` to less, or run it on a larger machine"
    )


def test_services_that_are_too_large_together_are_warned_of(machine, planned) -> None:
    machine.memory(8)
    workloads = (workload("api", memory=5 * GIB), workload("worker", "worker", memory=4 * GIB))

    assert told(check(machine, planned, workloads=workloads))["memory of workloads"] == (
        "warning",
        "together they may use 9.0 GiB, and there are 8.0 GiB",
    )


def test_the_engines_machine_counts_where_it_is_another(machine, planned) -> None:
    machine.memory(64)
    machine.docker(MemTotal=GIB // 2, NCPU=1)

    results = check(machine, planned, workloads=(workload("api", cpus=2),))

    assert told(results)["memory of `api`"][0] == "failure"
    assert told(results)["processors of `api`"] == (
        "failure",
        ("it is given 2, and there are 1: engines do not start what is given more than there is"),
    )


def test_a_port_that_is_taken_is_told(machine, planned) -> None:
    machine.memory(16)
    machine.file("proc/net/tcp", TCP)

    assert listening_ports(machine.host()) == {8000}
    assert told(check(machine, planned))["port 8000"] == (
        "warning",
        "`api` is reached there, and something listens on it already",
    )


def secret(name: str, **more: object) -> Secret:
    values = {"variable": name.upper(), "form": "file", "is_made": False, **more}
    return Secret(name=name, **values)  # type: ignore[arg-type]


def test_secrets_that_nobody_has_given_are_told(machine, planned) -> None:
    machine.memory(16)
    (planned.folder / ".env").write_text("export SET_TOKEN=x\nEMPTY_TOKEN=\n")
    (planned.folder / "secrets").mkdir()
    (planned.folder / "secrets" / "given_key").write_text("s3cret")
    machine.environ["VARIABLE_KEY"] = "s3cret"
    secrets = (
        secret("given_key"),
        secret("variable_key"),
        secret("missing_key"),
        secret("optional_key", is_optional=True),
        secret("made_key", is_made=True),
        secret("set_token", form="value"),
        secret("empty_token", form="value"),
    )

    before = check(machine, planned, secrets=secrets)
    (planned.folder / "compose.yaml").write_text("services: {}\n")
    after = check(machine, planned, secrets=secrets)

    assert hints(before) == {
        "secret `missing_key`": "write what `MISSING_KEY` needs into `secrets/missing_key`",
        "secret `empty_token`": "write `EMPTY_TOKEN=…` into `.env`",
    }
    assert told(before)["secrets"] == (
        "ok",
        "`given_key`, `variable_key` and `set_token` are there",
    )
    assert told(after)["secrets"] == ("failure", "`made_key` is not there")
    assert "s3cret" not in str(before) + str(after)


def test_data_that_is_not_there_is_warned_of(machine, planned) -> None:
    machine.memory(16)
    volume = Volume(name="datasets", kind="datasets", source="data")

    assert told(check(machine, planned, volumes=(volume,)))["volume `datasets`"] == (
        "warning",
        "`data` is not in the project",
    )
