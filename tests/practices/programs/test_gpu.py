"""Questions to a GPU, and packages that are about it."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.gpu import (
    gpu_queries,
    is_container_toolkit_package,
    is_cuda_library_package,
    is_driver_package,
)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("nvidia-smi", [("nvidia-smi", True)]),
        ("nvidia-smi --version", []),
        ("python -c 'import torch; print(torch.cuda.is_available())'",
         [("torch.cuda.is_available", False)]),
        ("python -c 'import torch; torch.cuda.get_device_name(0)'",
         [("torch.cuda.get_device_name", True)]),
        ("python -c 'from torch import cuda; cuda.current_device()'",
         [("torch.cuda.current_device", True)]),
        ("python -c 'import tensorflow as tf; tf.config.list_physical_devices(\"GPU\")'",
         [("tensorflow.config.list_physical_devices", False)]),
        ("python -c 'import jax; jax.devices()'", [("jax.devices", False)]),
        ("python -c 'm.to(\"cuda\")'", [("m.to", True)]),
        ("python -c 'import torch; torch.zeros(1, device=\"cuda:0\")'", [("torch.zeros", True)]),
        ("python -c 'import torch; print(torch.__version__)'", []),
        ("python -c 'import torch; torch.device(\"cuda\")'", []),
        ("python train.py", []),
    ],
)  # fmt: skip
def test_queries(script: str, expected: list[tuple[str, bool]]) -> None:
    assert [(item.name, item.fails) for item in gpu_queries(command(script))] == expected


@pytest.mark.parametrize(
    ("name", "is_driver"),
    [
        ("nvidia-driver-550", True),
        ("nvidia-driver-550-server=550.1", True),
        ("nvidia-utils-535", True),
        ("libnvidia-compute-550", True),
        ("libnvidia-gl-550:i386", True),
        ("cuda-drivers", True),
        ("cuda-drivers-550", True),
        ("cuda", True),
        ("cuda-12-4", True),
        ("cuda=12.4.0-1", True),
        ("nvidia-dkms-550", True),
        ("cuda-toolkit-12-4", False),
        ("cuda-nvcc-12-4", False),
        ("cuda-libraries-12-4", False),
        ("nvidia-cuda-toolkit", False),
        ("nvidia-container-toolkit", False),
        ("libnvidia-container1", False),
    ],
)
def test_driver_packages(name: str, is_driver: bool) -> None:
    assert is_driver_package(name) == is_driver


def test_other_packages() -> None:
    names = ("nvidia-container-toolkit=1.0", "libcudnn8", "libnccl2", "libgomp1")

    assert [is_container_toolkit_package(name) for name in names] == [True, False, False, False]
    assert [is_cuda_library_package(name) for name in names] == [False, True, True, False]
