"""NVIDIA: driver, GPUs and container toolkit, as programs and files tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from tests.doctor.machines import Machine, hints, told

from boxwright.doctor.amd import check_amd
from boxwright.doctor.engines import Engine, find_engines
from boxwright.doctor.nvidia import Gpu, Nvidia, check_nvidia, check_toolkit, read_nvidia

A100 = "NVIDIA A100-SXM4-80GB, 535.183.01, 8.0, 81920"
RTX = "NVIDIA GeForce RTX 4090, 535.183.01, 8.9, 24564"
HEADER = "| NVIDIA-SMI 535.183.01   Driver Version: 535.183.01   CUDA Version: 12.2     |"
KERNEL = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n"
)
CDI = "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices: []\n"


def gpus(machine: Machine, *lines: str) -> None:
    machine.answers("nvidia-smi", {"--query-gpu": "\n".join(lines) + "\n", "": HEADER})
    machine.file("proc/driver/nvidia/version", KERNEL)


def toolkit(machine: Machine, version: str = "1.18.0") -> None:
    text = f"NVIDIA Container Toolkit CLI version {version}\ncommit: 0123456\n"
    machine.answers("nvidia-ctk", {"--version": text})


def engine(machine: Machine) -> Engine:
    (found,) = find_engines(machine.host())
    assert found.engine
    return found.engine


def check(machine: Machine, *, is_wanted: bool = False) -> list[object]:
    host = machine.host()
    return list(check_nvidia(host, read_nvidia(host), is_wanted=is_wanted))


def in_containers(machine: Machine) -> Iterable[object]:
    host = machine.host()
    return list(check_toolkit(host, read_nvidia(host), engine(machine), is_wanted=True))


def test_gpus_are_told_with_their_driver(machine) -> None:
    gpus(machine, A100, RTX)

    assert read_nvidia(machine.host()) == Nvidia(
        driver="535.183.01",
        cuda="12.2",
        gpus=(
            Gpu(name="NVIDIA A100-SXM4-80GB", capability=80, memory=81920),
            Gpu(name="NVIDIA GeForce RTX 4090", capability=89, memory=24564),
        ),
    )
    assert told(check(machine)) == {
        "NVIDIA A100-SXM4-80GB": ("ok", "compute capability 8.0 and 80 GiB"),
        "NVIDIA GeForce RTX 4090": ("ok", "compute capability 8.9 and 24 GiB"),
        "NVIDIA driver": ("ok", "535.183.01, for CUDA up to 12.2"),
    }


def test_an_old_driver_that_tells_no_compute_capability_is_asked_for_the_rest(machine) -> None:
    machine.program(
        "nvidia-smi",
        'case "$*" in *compute_cap*) echo "Field compute_cap is not a valid field" ; exit 2;;'
        ' --query*) echo "Tesla T4, 470.57.02, Tesla T4, 15109";;'
        ' *) echo "CUDA Version: 11.4";; esac',
    )

    assert read_nvidia(machine.host()) == Nvidia(
        driver="470.57.02",
        cuda="11.4",
        gpus=(Gpu(name="Tesla T4", capability=0, memory=15109),),
    )


@pytest.mark.parametrize(("is_wanted", "verdict"), [(False, "ok"), (True, "failure")])
def test_a_machine_without_gpus_says_what_was_looked_at(machine, is_wanted, verdict) -> None:
    assert told(check(machine, is_wanted=is_wanted)) == {
        "NVIDIA GPU": (
            verdict,
            "none: no `nvidia-smi`, no driver in `/proc`, no device of NVIDIA's on the bus",
        )
    }


def board(machine: Machine, vendor: str, kind: str = "0x030200") -> None:
    machine.file("sys/bus/pci/devices/0000:01:00.0/vendor", f"{vendor}\n")
    machine.file("sys/bus/pci/devices/0000:01:00.0/class", f"{kind}\n")


def test_a_gpu_with_the_kernels_own_driver_runs_no_cuda(machine) -> None:
    board(machine, "0x10de")
    machine.file("sys/module/nouveau/version", "")

    results = check(machine, is_wanted=True)

    assert told(results) == {
        "NVIDIA driver": (
            "failure",
            "no `nvidia-smi` tells of a GPU; the driver is nouveau, the kernel's own",
        )
    }


def test_the_sound_of_a_graphics_card_is_no_gpu(machine) -> None:
    board(machine, "0x10de", kind="0x040300")

    assert not read_nvidia(machine.host()).is_there


def test_a_driver_that_was_renewed_under_way_needs_a_restart(machine) -> None:
    words = "Failed to initialize NVML: Driver/library version mismatch"
    machine.program("nvidia-smi", f'echo "{words}"; exit 18')
    machine.file("proc/driver/nvidia/version", KERNEL)

    results = check(machine)

    assert told(results) == {"NVIDIA driver": ("warning", f"`nvidia-smi`: {words}")}
    assert hints(results)["NVIDIA driver"].endswith("restart the machine")


def test_in_wsl_the_driver_is_that_of_windows(machine) -> None:
    machine.file("proc/version", "Linux version 5.15.0-microsoft-standard-WSL2")
    machine.answers("nvidia-smi", {"--query-gpu": RTX, "": HEADER})
    place = machine.folder / "root" / "usr/lib/wsl/lib"
    place.mkdir(parents=True)
    (machine.folder / "bin" / "nvidia-smi").rename(place / "nvidia-smi")

    assert told(check(machine))["NVIDIA driver"][1].endswith("that of Windows (WSL 2)")


@pytest.mark.parametrize("prints", ["", "No devices were found", "a,b", ",,,", "x" * 99999])
def test_odd_answers_break_nothing(machine, prints: str) -> None:
    machine.answers("nvidia-smi", {"--query-gpu": prints, "": ""})
    machine.file("proc/driver/nvidia/version", "NVRM version: none\n")

    check(machine)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("NVIDIA H100 PCIe", True),
        ("NVIDIA H100 80GB HBM3", True),
        ("NVIDIA A10G", True),
        ("NVIDIA L40S", True),
        ("NVIDIA L4", True),
        ("Tesla T4", True),
        ("NVIDIA GH200 480GB", True),
        ("NVIDIA B200", True),
        ("NVIDIA GeForce RTX 4090", False),
        ("NVIDIA RTX A6000", False),
        ("NVIDIA RTX 6000 Ada Generation", False),
        ("Quadro P4000", False),
        ("NVIDIA TITAN V", False),
        ("GRID something", False),
    ],
)
def test_gpus_of_data_centres_are_told_by_their_names(name: str, is_one: bool) -> None:
    assert Gpu(name=name, capability=80, memory=0).is_data_centre is is_one


def test_without_the_toolkit_containers_get_no_gpu(machine) -> None:
    gpus(machine, A100)
    machine.docker()

    assert told(in_containers(machine)) == {
        "container toolkit": (
            "failure",
            "there is neither `nvidia-ctk` nor `nvidia-container-cli`",
        )
    }


def test_a_toolkit_that_docker_does_not_know_of_is_told(machine) -> None:
    gpus(machine, A100)
    toolkit(machine)
    machine.docker()

    results = in_containers(machine)

    assert told(results) == {
        "container toolkit": ("ok", "1.18.0"),
        "GPUs in docker": ("failure", "it has no runtime `nvidia` and no CDI specification"),
    }
    assert hints(results)["GPUs in docker"] == (
        "`sudo nvidia-ctk runtime configure --runtime=docker`, then restart Docker"
    )


def test_a_docker_with_the_runtime_is_well(machine) -> None:
    gpus(machine, A100)
    toolkit(machine)
    machine.docker(Runtimes={"runc": {}, "nvidia": {"path": "nvidia-container-runtime"}})

    assert told(in_containers(machine))["GPUs in docker"] == ("ok", "through its runtime `nvidia`")


@pytest.mark.parametrize(("version", "verdict"), [("28.5.1", "ok"), ("24.0.7", "failure")])
def test_docker_takes_specifications_from_some_version_on(machine, version, verdict) -> None:
    gpus(machine, A100)
    machine.file("etc/cdi/nvidia.yaml", CDI)
    machine.docker(ServerVersion=version)

    assert told(in_containers(machine))["GPUs in docker"][0] == verdict


def test_podman_needs_a_specification(machine) -> None:
    gpus(machine, A100)
    toolkit(machine)
    machine.podman(rootless=True)
    before = in_containers(machine)
    machine.file("var/run/cdi/nvidia.json", json.dumps({"kind": "nvidia.com/gpu"}))
    machine.file("etc/cdi/other.yaml", "kind: example.com/thing\n")

    assert hints(before)["GPUs in podman"] == (
        "`sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`"
    )
    assert told(in_containers(machine))["GPUs in podman"] == (
        "ok",
        "through CDI (`/var/run/cdi/nvidia.json`)",
    )


def test_a_toolkit_that_containers_break_out_of_is_warned_of(machine) -> None:
    gpus(machine, A100)
    toolkit(machine, "1.17.7")
    machine.docker(Runtimes={"nvidia": {}})

    assert told(in_containers(machine))["container toolkit"] == (
        "warning",
        "1.17.7: containers can break out of it (CVE-2025-23266)",
    )


def test_amds_gpus_are_told_as_what_they_are(machine) -> None:
    board(machine, "0x1002", kind="0x030000")
    machine.file("dev/kfd", "")

    assert told(check_amd(machine.host())) == {
        "AMD GPU": ("ok", "1 on the bus, `/dev/kfd` is there")
    }
    assert "one of AMD's" in told(check(machine, is_wanted=True))["NVIDIA GPU"][1]
