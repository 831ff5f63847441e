from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "missing-gpu-architecture-in-image"


def having(*libraries: str) -> str:
    binaries = "".join(
        f"      - {{path: opt/{name}.so, size: 90000000, gpu_architectures: [{architectures}]}}\n"
        for name, _, architectures in (library.partition(": ") for library in libraries)
    )
    files = ", ".join(f"opt/{library.partition(':')[0]}.so: 90 MB" for library in libraries)
    return (
        f"layers:\n  - step: RUN pip install a\n    files: {{{files}}}\n    binaries:\n{binaries}"
    )


def test_code_for_old_gpus_only_is_found() -> None:
    assert found(RULE, having("a: sm_37, sm_60, sm_61", "b: sm_80")) == [
        "2: warning: `/opt/a.so` has no code for any GPU since Turing (`sm_75`)"
    ]


@pytest.mark.parametrize("architectures", ["sm_60, ptx_60", "sm_75", "sm_90a", "sm_86"])
def test_code_that_runs_on_some_gpu_of_today_is_fine(architectures: str) -> None:
    assert found(RULE, having(f"a: {architectures}")) == []


def test_libraries_that_no_gpu_runs_all_of_are_told() -> None:
    assert found(RULE, having("a: sm_80", "b: sm_90")) == [
        "2: info: `/opt/a.so` and `/opt/b.so` have code for no GPU that is the same"
    ]
    assert found(RULE, having("a: sm_80, ptx_80", "b: sm_90")) == []


def test_code_for_gpus_of_another_maker_is_not_judged() -> None:
    assert found(RULE, having("a: gfx906", "b: sm_80")) == []


@pytest.mark.parametrize("wanted", ["sm_90", "90", "9.0"])
def test_settings_say_which_gpus_have_to_work(wanted: str) -> None:
    text = having("a: sm_80", "b: sm_80, ptx_80", "c: sm_80, sm_90")

    assert found(RULE, text, settings=f'wanted = ["{wanted}"]') == [
        "2: warning: `/opt/a.so` has no code for `sm_90`"
    ]


def test_a_library_that_nothing_can_use_does_not_count() -> None:
    text = having("a: sm_60", "b: sm_80").replace(
        "[sm_60]}", "[sm_60], needed: [libcudart.so.11.0]}"
    )

    assert found(RULE, text) == []
