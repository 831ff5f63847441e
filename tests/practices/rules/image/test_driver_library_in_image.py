from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "driver-library-in-image"


def having(*files: str) -> str:
    return f"layers: [{{step: RUN apt-get install, files: {{{', '.join(files)}}}}}]\n"


def test_a_library_of_the_driver_is_found() -> None:
    text = having("usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14: 28 MB")

    assert found(RULE, text) == [
        (
            "2: error: `/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14` is a library of the NVIDIA "
            "driver, which the machine brings"
        )
    ]


def test_several_of_a_layer_are_one_finding() -> None:
    text = having("usr/lib/libnvidia-ml.so.1: 2 MB", "usr/lib/libnvidia-ptxjitcompiler.so.1: 9 MB")

    assert found(RULE, text) == [
        (
            "2: error: `/usr/lib/libnvidia-ml.so.1` and `/usr/lib/libnvidia-ptxjitcompiler.so.1` are "
            "libraries of the NVIDIA driver, which the machine brings"
        )
    ]


@pytest.mark.parametrize(
    "file",
    [
        "usr/local/cuda-12.8/compat/libcuda.so.570.86.10: 28 MB",
        "opt/conda/cuda-compat/libcuda.so.1: 28 MB",
        "usr/local/cuda/lib64/stubs/libcuda.so.1: 60 kB",
        "usr/lib/libcuda.so.1: {link: libcuda.so.550.54.14}",
        "usr/lib/libcuda.so.1: 0 B",
        "usr/lib/libcudart.so.12: 700 kB",
        "usr/lib/libnvidia-container.so.1: 200 kB",
    ],
)
def test_what_is_no_driver_is_not(file: str) -> None:
    assert found(RULE, having(file)) == []
