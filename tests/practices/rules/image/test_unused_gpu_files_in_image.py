from __future__ import annotations

from tests.practices.image_examples import SITE, found

RULE = "unused-gpu-files-in-image"
FOLDER = f"{SITE}/bitsandbytes"


def having(*files: str, size: int = 20_000_000, needed: str = "libcudart.so.11.0") -> str:
    binaries = "".join(
        f"      - {{path: {file}, size: {size}, needed: [{needed}]}}\n" for file in files
    )
    listed = ", ".join(f"{file}: {size} B" for file in files)
    return (
        f"layers:\n  - step: RUN pip install a\n    files: {{{listed}}}\n    binaries:\n{binaries}"
    )


def test_a_library_that_needs_what_is_not_there_is_found() -> None:
    assert found(RULE, having(f"{FOLDER}/a.so")) == [
        (
            f"2: info: 20 MB for GPUs are of no use: `/{FOLDER}/a.so`, as it needs "
            "`libcudart.so.11.0`, which is not in the image"
        )
    ]


def test_several_with_one_reason_are_one_finding() -> None:
    (message,) = found(RULE, having(*(f"{FOLDER}/{name}.so" for name in "abcde"), size=3_000_000))

    assert message.startswith(f"2: info: 15 MB for GPUs are of no use: `/{FOLDER}/a.so`, ")
    assert "and 2 more, as it needs" in message


def test_the_back_end_of_another_maker_is_found() -> None:
    text = f"""
layers:
  - step: RUN pip install triton
    wheels: [nvidia-cuda-runtime-cu12 12.8.90]
    files: {{{SITE}/triton/backends/amd/lib/a.bc: 30 MB, {SITE}/triton/backends/nvidia/a.bc: 40 MB}}
"""

    assert found(RULE, text) == [
        (
            f"2: info: 30 MB for GPUs are of no use: `/{SITE}/triton/backends/amd`, as it is for AMD's "
            "GPUs, for which there is nothing else"
        )
    ]


def test_what_the_host_brings_is_not_missing() -> None:
    assert found(RULE, having(f"{FOLDER}/a.so", needed="libcuda.so.1")) == []


def test_little_of_it_is_not_told_unless_settings_say_so() -> None:
    text = having(f"{FOLDER}/a.so", size=200_000)

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="least = 1000")) == 1
