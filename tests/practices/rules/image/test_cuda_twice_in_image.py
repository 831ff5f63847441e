from __future__ import annotations

from tests.practices.image_examples import SITE, found

RULE = "cuda-twice-in-image"
BASE = "usr/local/cuda-12.8/targets/x86_64-linux/lib"
TWICE = f"""
layers:
  - step: ADD cuda.tar /
    files: {{{BASE}/libcublas.so.12: 100 MB}}
  - step: RUN pip install torch
    files: {{{SITE}/nvidia/cublas/lib/libcublas.so.12: 100 MB}}
"""


def test_the_copy_of_the_base_is_told() -> None:
    assert found(RULE, TWICE) == [
        (
            "2: warning: 100 MB of CUDA libraries of the system beside those of wheels, which the "
            f"wheels load: `/{BASE}/libcublas.so.12`; take a base without CUDA: only the driver is "
            "needed, which the host has (cuda-twice)"
        )
    ]


def test_a_search_path_that_names_the_base_is_told_with_it() -> None:
    (message,) = found(RULE, f"env: {{LD_LIBRARY_PATH: /{BASE}}}\n{TWICE}")

    assert message.endswith(
        f"; `LD_LIBRARY_PATH` names `/{BASE}`, so that some of these may be loaded instead: take "
        "it out (library-path-hides-wheels)"
    )


def test_one_of_both_is_fine() -> None:
    assert found(RULE, TWICE.partition("  - step: RUN")[0]) == []
