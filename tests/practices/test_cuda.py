"""Which CUDA wheels are made for."""

from __future__ import annotations

import pytest
from tests.practices.builds import final

from boxwright.practices.cuda import (
    CudaWheel,
    cuda_wheel,
    cuda_wheels,
    is_for_cpu,
    major,
    minimum_driver,
    said_by,
    toolkit_driver,
)
from boxwright.practices.python_package import PythonPackage, conda_package, requirement


def package(text: str, index_url: str = "") -> PythonPackage:
    found = requirement(text, origin="pip install", index_url=index_url)
    assert found is not None
    return found


def wheel(text: str, index_url: str = "") -> tuple[str, bool] | None:
    found = cuda_wheel(package(text, index_url))
    return None if found is None else (found.version, found.brings_libraries)


@pytest.mark.parametrize(
    ("text", "index_url", "expected"),
    [
        ("torch==2.4.0+cu121", "", ("12.1", True)),
        ("torch==2.4.0", "https://host/whl/cu118", ("11.8", True)),
        ("torch", "cu126", ("12.6", True)),
        ("torch==2.6.0", "", ("12.4", True)),
        ("torch==2.11.0", "", ("13.0", True)),
        ("torch", "", ("13.2", True)),
        ("torch>=2", "", ("", True)),
        ("torch==2.4.0+cpu", "", None),
        ("torch", "https://host/whl/cpu", None),
        ("torch", "https://host/whl/rocm6.2", None),
        ("torchvision", "https://host/whl/cu124", ("12.4", True)),
        ("tensorflow==2.18.0", "", None),
        ("tensorflow[and-cuda]==2.18.0", "", ("12.5", True)),
        ("jax", "", None),
        ("jax[cuda12]", "", ("12", True)),
        ("cupy-cuda12x", "", ("12", False)),
        ("faiss-gpu-cu12", "", ("12", True)),
        ("faiss-cpu", "", None),
        ("nvidia-cudnn-cu12==9.1.0", "", ("12", True)),
        ("nvidia-cublas==13.1.0", "", ("", True)),
        ("nvidia-ml-py", "", None),
        ("onnxruntime-gpu==1.20.0", "", ("12", False)),
        ("onnxruntime-gpu[cuda,cudnn]==1.28.0", "", ("13", True)),
        ("vllm==0.8.0", "", ("", True)),
        ("ultralytics", "", ("", True)),
        ("numpy", "https://host/whl/cu121", None),
        ("accuracy", "", None),
    ],
)
def test_a_wheel_is_made_for_a_cuda(
    text: str, index_url: str, expected: tuple[str, bool] | None
) -> None:
    assert wheel(text, index_url) == expected


def test_what_depends_on_a_torch_for_the_cpu_is_for_the_cpu() -> None:
    torch, timm = package("torch==2.4.0+cpu"), package("timm")
    assert cuda_wheels([timm, torch]) == ()
    assert [found.package.name for found in cuda_wheels([timm])] == ["timm"]
    assert is_for_cpu(torch)


def test_the_reason_is_told() -> None:
    torch = package("torch==2.11.0")
    assert cuda_wheel(torch) == CudaWheel(torch, "13.0", True, "torch 2.11 comes for CUDA 13.0")
    named = cuda_wheel(package("torch", "https://host/whl/cu121"))
    assert named is not None
    assert (named.because, named.major) == ("`cu121`", 12)


def test_of_conda_only_what_is_said_counts() -> None:
    plain = conda_package("pytorch=2.4.0", "conda install")
    assert plain is not None
    assert cuda_wheel(plain) is None
    stage = final("FROM continuumio/miniconda3\nRUN conda install pytorch pytorch-cuda=12.1\n")
    found = cuda_wheels(stage.distributions)
    assert [(item.package.name, item.version) for item in found] == [("torch", "12.1")]
    for_cpu = final("FROM continuumio/miniconda3\nRUN conda install pytorch cpuonly\n")
    assert cuda_wheels(for_cpu.distributions) == ()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("https://download.pytorch.org/whl/cu121", "12.1"),
        ("https://host/whl/nightly/cu130/", "13.0"),
        ("https://host/cu121/torch2.4", "12.1"),
        ("cupy-cuda11x", "11"),
        ("cuda12.1", "12.1"),
        ("cu12", "12"),
        ("https://host/whl/cpu", ""),
        ("rocm6.2", ""),
    ],
)
def test_a_text_says_a_cuda(text: str, version: str) -> None:
    found = said_by(text)
    assert found is not None
    assert found.version == version


@pytest.mark.parametrize("text", ["", "https://host/simple", "accu12345", "document", "cucumber"])
def test_other_texts_say_none(text: str) -> None:
    assert said_by(text) is None


def test_a_cuda_needs_a_driver() -> None:
    assert [minimum_driver(version) for version in ("11.8", "12", "12.8.1", "13.0", "", "7")] == [
        450, 525, 525, 580, None, None,
    ]  # fmt: skip
    assert [toolkit_driver(version) for version in ("12.4.1", "12.7")] == [550, None]
    assert [major(version) for version in ("12.4", "13", "", "x")] == [12, 13, None, None]
