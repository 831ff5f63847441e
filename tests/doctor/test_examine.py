"""Whole machines, as they are looked at for a project."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doctor.machines import Machine, told

from boxwright.build.from_folder import Planned, plan_folder
from boxwright.doctor.examine import Subject, examine
from boxwright.doctor.result import Report, Verdict

FILES = {
    "main.py": (
        "import torch\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
        'model = torch.nn.Linear(2, 2).to("cuda")\n'
    ),
    "requirements.txt": "fastapi\ntorch==2.11.0+cu130\nuvicorn\n",
    "pyproject.toml": '[project]\nname = "gpu"\nversion = "1"\n[tool.boxwright]\naccelerator = "cuda"\n',
}


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return the plan of a service that needs a GPU."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    found = plan_folder(
        tmp_path, overrides={"platform": "linux/amd64"}, offline=True, environ=os.environ
    )
    workload = replace(
        found.plan.workloads[0],
        resources=replace(found.plan.workloads[0].resources, gpus=1),
    )
    return replace(found, plan=replace(found.plan, workloads=(workload,), companions=()))


def look(machine: Machine, planned: Planned) -> Report:
    subject = Subject(
        folder=planned.folder,
        cache=planned.folder,
        sources=planned.sources,
        planned=(planned,),
        offline=True,
    )
    return examine(machine.host(), subject)


def gpu_host(machine: Machine, name: str, driver: str, capability: str) -> None:
    machine.memory(64)
    machine.file("sys/fs/cgroup/cgroup.controllers", "")
    machine.answers(
        "nvidia-smi",
        {"--query-gpu": f"{name}, {driver}, {capability}, 24564", "": "CUDA Version: 12.2"},
    )
    machine.answers("nvidia-ctk", {"--version": "NVIDIA Container Toolkit CLI version 1.18.0"})
    machine.docker(Runtimes={"nvidia": {}}, MemTotal=64 << 30)


def failures(report: Report) -> list[str]:
    return [result.what for result in report.results if result.verdict is Verdict.FAILURE]


def test_a_driver_that_is_too_old_is_the_only_failure(machine, planned) -> None:
    gpu_host(machine, "NVIDIA GeForce RTX 4090", "535.183.01", "8.9")

    report = look(machine, planned)

    assert failures(report) == ["CUDA 13.0"]
    assert "`torch` 2.11.0+cu130 in `requirements.txt`" in told(report.results)["CUDA 13.0"][1]


def test_with_forward_compatibility_it_is_a_warning(machine, planned) -> None:
    gpu_host(machine, "NVIDIA H100 80GB HBM3", "535.183.01", "9.0")

    report = look(machine, planned)

    assert failures(report) == []
    assert told(report.results)["CUDA 13.0"][0] == "warning"


def test_a_new_driver_fits(machine, planned) -> None:
    gpu_host(machine, "NVIDIA GeForce RTX 4090", "580.95.05", "8.9")

    assert told(look(machine, planned).results)["CUDA 13.0"][0] == "ok"


def test_without_a_gpu_the_project_does_not_run(machine, planned) -> None:
    machine.memory(64)
    machine.docker()

    assert "NVIDIA GPU" in failures(look(machine, planned))


def test_more_gpus_than_there_are_is_a_failure(machine, planned) -> None:
    gpu_host(machine, "NVIDIA GeForce RTX 4090", "580.95.05", "8.9")
    (workload,) = planned.plan.workloads
    two = replace(workload, resources=replace(workload.resources, gpus=2))
    both = replace(planned, plan=replace(planned.plan, workloads=(two,)))

    assert failures(look(machine, both)) == ["number of GPUs"]


def test_a_machine_with_nothing_is_told_of_to_the_end(machine, planned) -> None:
    report = look(machine, planned)

    assert report.verdict is Verdict.FAILURE
    assert report.results[-1].what == "package index, Debian mirror and registry"
