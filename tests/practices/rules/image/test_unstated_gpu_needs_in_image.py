from __future__ import annotations

from tests.practices.image_examples import SITE, found

RULE = "unstated-gpu-needs-in-image"
LIBRARY = f"{SITE}/nvidia/cublas/lib/libcublasLt.so.12"


def having(*lines: str, command: str = "[serve]", files: str = "") -> str:
    return f"""
cmd: {command}
{chr(10).join(lines)}
layers:
  - step: RUN pip install torch
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
    files: {{{files}}}
"""


def test_wheels_with_cuda_are_found_with_what_they_weigh() -> None:
    assert found(RULE, having(files=f"{LIBRARY}: 600 MB")) == [
        (
            "2: info: 600 MB of CUDA 12.8 needs driver 525.60.13 or newer, and `NVIDIA_REQUIRE_CUDA` "
            "does not say so"
        )
    ]


def test_cuda_of_another_kind_is_found() -> None:
    assert found(RULE, having()) == [
        (
            "1: info: CUDA 12.8 needs driver 525.60.13 or newer, and `NVIDIA_REQUIRE_CUDA` does not "
            "say so"
        )
    ]


def test_an_image_that_says_so_is_fine() -> None:
    assert found(RULE, having("env: {NVIDIA_REQUIRE_CUDA: 'cuda>=12.0'}")) == []


def test_what_is_there_to_build_on_is_not_judged() -> None:
    assert found(RULE, having(command="[bash]")) == []


def test_an_image_without_cuda_is_fine() -> None:
    assert found(RULE, "cmd: [serve]\nlayers: [{step: COPY a, files: {a: 3 kB}}]\n") == []
