"""What an image has for GPUs: releases, driver, architectures, contradictions, what is unused."""

from __future__ import annotations

import pytest

from boxwright.scan.gpu import DeviceCode, GpuFacts, Release, Unused, gpu_facts, runs_on
from boxwright.scan.layer_index import Binary
from boxwright.scan.packages.package import Package

_SITE = "opt/venv/lib/python3.12/site-packages"


def pypi(name: str, version: str) -> Package:
    return Package(type="pypi", name=name, version=version, path=f"{_SITE}/{name}/METADATA")


def deb(name: str, version: str) -> Package:
    return Package(type="deb", name=name, version=version, path="var/lib/dpkg/status")


def library(path: str, *architectures: str, needed: tuple[str, ...] = (), size: int = 9) -> Binary:
    return Binary(
        path=path,
        size=size,
        machine="x86_64",
        soname=path.rpartition("/")[2],
        needed=needed,
        gpu_architectures=architectures,
    )


def facts(
    *binaries: Binary,
    packages: tuple[Package, ...] = (),
    environment: dict[str, str] | None = None,
    sizes: dict[str, int] | None = None,
) -> GpuFacts:
    return gpu_facts(environment or {}, packages, {it.path: it for it in binaries}, sizes or {})


def test_an_image_without_a_gpu() -> None:
    result = facts(library("usr/lib/libssl.so.3"), packages=(pypi("flask", "3.1.0"),))

    assert result == GpuFacts()
    assert not result.has_gpu_code


def test_wheels_with_their_own_cuda() -> None:
    result = facts(
        library(f"{_SITE}/nvidia/cuda_runtime/lib/libcudart.so.12"),
        packages=(
            pypi("torch", "2.6.0+cu124"),
            pypi("nvidia-cuda-runtime-cu12", "12.4.127"),
            pypi("nvidia-cudnn-cu12", "9.1.0.70"),
            pypi("nvidia-nccl-cu12", "2.21.5"),
        ),
    )

    assert result == GpuFacts(
        releases=(
            Release(
                part="cuda",
                version="12.4",
                origin="`nvidia-cuda-runtime-cu12` 12.4.127",
                is_in_wheel=True,
            ),
            Release(
                part="cudnn",
                version="9.1.0",
                origin="`nvidia-cudnn-cu12` 9.1.0.70",
                is_in_wheel=True,
            ),
            Release(
                part="nccl",
                version="2.21.5",
                origin="`nvidia-nccl-cu12` 2.21.5",
                is_in_wheel=True,
            ),
            Release(
                part="cuda",
                version="12",
                origin=f"`/{_SITE}/nvidia/cuda_runtime/lib/libcudart.so.12`",
                is_in_wheel=True,
            ),
        ),
        cuda="12.4",
        driver=525,
        driver_release="525.60.13",
    )


def test_a_base_of_nvidias() -> None:
    result = facts(
        packages=(
            deb("cuda-cudart-12-4", "12.4.127-1"),
            deb("libcudnn9-cuda-12", "9.1.0.70-1"),
            deb("libnccl2", "2.21.5-1+cuda12.4"),
        ),
        environment={
            "CUDA_VERSION": "12.4.1",
            "NVIDIA_REQUIRE_CUDA": "cuda>=12.4 brand=tesla,driver>=470,driver<471",
            "NVIDIA_VISIBLE_DEVICES": "all",
            "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
        },
    )

    assert [(it.part, it.version, it.origin) for it in result.releases] == [
        ("cuda", "12.4", "`CUDA_VERSION`"),
        ("cuda", "12.4", "`cuda-cudart-12-4` 12.4.127-1"),
        ("cudnn", "9.1.0", "`libcudnn9-cuda-12` 9.1.0.70-1"),
        ("nccl", "2.21.5", "`libnccl2` 2.21.5-1+cuda12.4"),
    ]
    assert (result.requires, result.visible_devices, result.capabilities) == (
        "12.4",
        "all",
        "compute,utility",
    )
    assert result.conflicts == ()


@pytest.mark.parametrize(
    ("version", "driver", "release"),
    [("13.0.48", 580, "580.65.06"), ("11.8.89", 450, "450.80.02"), ("9.0", None, "")],
)
def test_the_driver_that_a_cuda_needs(version: str, driver: int | None, release: str) -> None:
    result = facts(packages=(pypi("nvidia-cuda-runtime", version),))

    assert (result.driver, result.driver_release) == (driver, release)


def test_wheels_that_are_newer_than_the_base() -> None:
    result = facts(
        packages=(pypi("nvidia-cuda-runtime-cu12", "12.8.90"),),
        environment={"CUDA_VERSION": "12.1.0"},
    )

    assert result.conflicts == (
        (
            "the wheels bring CUDA 12.8 (`nvidia-cuda-runtime-cu12` 12.8.90), newer than the "
            "base's 12.1 (`CUDA_VERSION`)"
        ),
    )


def test_two_major_releases() -> None:
    base = "usr/local/cuda-11.8/lib64/libcudart.so.11.8.89"
    bundled = f"{_SITE}/onnxruntime.libs/libcudart-a7b20f20.so.12.4.127"

    result = facts(
        library(base),
        library(bundled),
        library("usr/lib/libcudnn.so.8"),
        library(f"{_SITE}/nvidia/cudnn/lib/libcudnn.so.9"),
        environment={"NVIDIA_REQUIRE_CUDA": "cuda>=11.8"},
    )

    assert result.conflicts == (
        f"there are 2 major releases of CUDA: 11 (`/{base}`), 12 (`/{bundled}`)",
        (f"the wheels bring CUDA 12.4 (`/{bundled}`), newer than the base's 11.8 (`/{base}`)"),
        "`NVIDIA_REQUIRE_CUDA` asks the host for 11.8 only, and CUDA 12.4 is there",
        "there are 2 major releases of cuDNN: 8, 9",
    )


def test_a_requirement_that_is_turned_off_is_none() -> None:
    environment = {"NVIDIA_REQUIRE_CUDA": "cuda>=12.4", "NVIDIA_DISABLE_REQUIRE": "true"}

    assert facts(environment=environment).requires == ""


def test_architectures_on_which_all_libraries_run() -> None:
    large = library("a.so", "sm_70", "sm_80", "sm_90", "ptx_90", size=30)
    small = library("b.so", "sm_75", "sm_80", "sm_86", "sm_100", size=20)
    amd = library("c.so", "gfx90a", size=10)

    result = facts(small, amd, large)

    assert result.code == (
        DeviceCode(path="a.so", size=30, architectures=large.gpu_architectures),
        DeviceCode(path="b.so", size=20, architectures=small.gpu_architectures),
        DeviceCode(path="c.so", size=10, architectures=("gfx90a",)),
    )
    # 86 runs the first library's code for 80, 100 its PTX; nothing of the second runs on 90.
    assert result.architectures == ("sm_75", "sm_80", "sm_86", "sm_100")


def test_code_of_an_architecture_of_its_own_runs_there_only() -> None:
    assert runs_on(["sm_90a"], 90)
    assert not runs_on(["sm_90a"], 91)
    assert not runs_on(["sm_100"], 120)
    assert not runs_on(["gfx90a", "odd"], 90)


def test_back_ends_that_nothing_in_the_image_can_use() -> None:
    def back_end(name: str, size: int, *needed: str) -> Binary:
        return library(f"{_SITE}/bitsandbytes/{name}", "sm_80", needed=needed, size=size)

    result = facts(
        back_end("libbitsandbytes_cuda118.so", 50, "libcudart.so.11.0"),
        back_end("libbitsandbytes_cuda121.so", 40, "libcudart.so.12"),
        back_end("libbitsandbytes_cuda124.so", 30, "libcudart.so.12", "libcuda.so.1"),
        back_end("libbitsandbytes_rocm64.so", 20, "libhipblas.so.2"),
        library(f"{_SITE}/nvidia/cuda_runtime/lib/libcudart.so.12"),
        packages=(pypi("torch", "2.6.0+cu124"), pypi("bitsandbytes", "0.50.2")),
        sizes={
            f"{_SITE}/triton/backends/amd/lib/ockl.bc": 7,
            f"{_SITE}/triton/backends/amd/driver.py": 4,
            f"{_SITE}/triton/backends/nvidia/bin/ptxas": 9,
        },
    )

    assert result.unused == (
        Unused(
            path=f"{_SITE}/bitsandbytes/libbitsandbytes_cuda118.so",
            size=50,
            why="it needs `libcudart.so.11.0`, which is not in the image",
        ),
        Unused(
            path=f"{_SITE}/bitsandbytes/libbitsandbytes_cuda121.so",
            size=40,
            why="it is for another CUDA than 12.4, which PyTorch was built for",
        ),
        Unused(
            path=f"{_SITE}/bitsandbytes/libbitsandbytes_rocm64.so",
            size=20,
            why="it needs `libhipblas.so.2`, which is not in the image",
        ),
        Unused(
            path=f"{_SITE}/triton/backends/amd/",
            size=11,
            why="it is for AMD's GPUs, for which there is nothing else",
        ),
    )


def test_versions_that_are_none_do_no_harm() -> None:
    result = facts(
        packages=(
            pypi("torch", "2.0+cu1"),
            pypi("nvidia-cuda-runtime-cu12", "x" * 99),
            deb("libcudart12", "9" * 9000),
        ),
        environment={"CUDA_VERSION": "9" * 9000, "NVIDIA_REQUIRE_CUDA": "cuda>=" + "9" * 9000},
    )

    assert result.driver is None
