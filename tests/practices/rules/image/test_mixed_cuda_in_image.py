from __future__ import annotations

from tests.practices.image_examples import found

RULE = "mixed-cuda-in-image"
OLD = """
  - step: ADD cuda.tar /
    files: {usr/local/cuda-11.8/lib64/libcudart.so.11.8.89: 680 kB}
    binaries:
      - {path: usr/local/cuda-11.8/lib64/libcudart.so.11.8.89, size: 680000, soname: libcudart.so.11.0}
"""
NEW = """
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
"""


def test_two_major_releases_are_found() -> None:
    assert found(RULE, f"layers:{OLD}{NEW}") == [
        (
            "1: warning: the wheels bring CUDA 12.8 (`nvidia-cuda-runtime-cu12` 12.8.90), newer than "
            "the base's 11.8 (`/usr/local/cuda-11.8/lib64/libcudart.so.11.8.89`)"
        ),
        (
            "1: warning: there are 2 major releases of CUDA: 11 "
            "(`/usr/local/cuda-11.8/lib64/libcudart.so.11.8.89`), 12 (`nvidia-cuda-runtime-cu12` "
            "12.8.90)"
        ),
    ]


def test_two_major_releases_of_cudnn_are_found() -> None:
    text = "layers: [{step: RUN pip, wheels: [nvidia-cudnn-cu11 8.9.4, nvidia-cudnn-cu12 9.1.0]}]\n"

    assert found(RULE, text) == ["1: warning: there are 2 major releases of cuDNN: 8, 9"]


def test_one_release_is_fine() -> None:
    assert found(RULE, f"layers:{NEW}") == []


def test_what_the_image_asks_of_its_host_is_told_by_another_rule() -> None:
    text = f"env: {{NVIDIA_REQUIRE_CUDA: 'cuda>=11.8'}}\nlayers:{NEW}"

    assert found(RULE, text) == []
    assert len(found("understated-driver-in-image", text)) == 1


def test_an_image_without_a_gpu_is_fine() -> None:
    assert found(RULE, "layers: [{step: COPY a, files: {a: 3 kB}}]\n") == []
