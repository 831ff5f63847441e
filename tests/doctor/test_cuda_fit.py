"""Driver, GPUs and CUDA: what fits, what fits by compatibility, and what does not."""

from __future__ import annotations

import pytest
from tests.doctor.machines import hints, told

from boxwright.doctor.cuda_fit import Wanted, check_fit
from boxwright.doctor.nvidia import Gpu, Nvidia

A100 = Gpu(name="NVIDIA A100-SXM4-80GB", capability=80, memory=81920)
V100 = Gpu(name="Tesla V100-SXM2-16GB", capability=70, memory=16160)
RTX = Gpu(name="NVIDIA GeForce RTX 4090", capability=89, memory=24564)
BLACKWELL = Gpu(name="NVIDIA GeForce RTX 5090", capability=120, memory=32607)


def nvidia(driver: str, *gpus: Gpu) -> Nvidia:
    return Nvidia(driver=driver, gpus=gpus)


def wanted(cuda: str, *, torch: bool = False) -> Wanted:
    return Wanted(cuda=cuda, origin="the wheels", torch=cuda if torch else "")


@pytest.mark.parametrize("driver", ["580.65.06", "580.95.05", "610.43.02"])
def test_a_driver_that_is_new_enough_fits(driver: str) -> None:
    assert told(check_fit(nvidia(driver, A100), wanted("13.0"))) == {
        "CUDA 13.0": ("ok", f"the wheels; the driver is {driver}"),
        "CUDA 13.0 on NVIDIA A100-SXM4-80GB": ("ok", "compute capability 8.0"),
    }


def test_a_newer_driver_runs_older_releases() -> None:
    assert told(check_fit(nvidia("595.45.04", A100), wanted("11.8")))["CUDA 11.8"][0] == "ok"


def test_an_older_driver_of_the_same_major_release_fits_in_part() -> None:
    assert told(check_fit(nvidia("535.183.01", RTX), wanted("12.8")))["CUDA 12.8"] == (
        "ok",
        (
            "the wheels; the driver is 535.183.01, older than CUDA's own (570): code that is"
            " compiled at start does not run (minor-version compatibility)"
        ),
    )


@pytest.mark.parametrize("driver", ["525.60.12", "525.60"])
def test_a_driver_that_is_a_little_too_old_does_not_fit(driver: str) -> None:
    results = list(check_fit(nvidia(driver), wanted("12")))

    assert told(results)["CUDA 12"] == (
        "failure",
        f"the wheels; the driver is {driver}, older than 525.60.13, the least for it",
    )
    assert hints(results)["CUDA 12"] == (
        "renew the driver to 525.60.13 or newer, or use wheels for CUDA 11"
    )


def test_in_data_centres_there_is_forward_compatibility() -> None:
    results = list(check_fit(nvidia("535.183.01", A100), wanted("13.0")))

    assert told(results)["CUDA 13.0"] == (
        "warning",
        (
            "the wheels; the driver is 535.183.01, older than 580.65.06, the least for it;"
            " these GPUs have forward compatibility"
        ),
    )
    assert hints(results)["CUDA 13.0"].startswith("put the package `cuda-compat-13-0`")


@pytest.mark.parametrize(
    ("driver", "gpus"),
    [("535.183.01", (RTX,)), ("535.183.01", (A100, RTX)), ("545.23.08", (A100,))],
)
def test_elsewhere_and_with_other_branches_there_is_none(driver, gpus) -> None:
    results = list(check_fit(nvidia(driver, *gpus), wanted("13.0")))

    assert told(results)["CUDA 13.0"][0] == "failure"
    hint = hints(results)["CUDA 13.0"]
    assert hint.startswith("renew the driver to 580.65.06 or newer, or use wheels for CUDA 12")
    assert ("data centres only" in hint) == (driver == "535.183.01")


def test_a_gpu_that_a_release_has_given_up_does_not_run_it() -> None:
    results = list(check_fit(nvidia("580.95.05", V100), wanted("13.0")))

    assert told(results)["CUDA 13.0 on Tesla V100-SXM2-16GB"] == (
        "failure",
        "compute capability 7.0, and CUDA 13 has code from 7.5 on",
    )
    assert "use wheels for CUDA 12" in hints(results)["CUDA 13.0 on Tesla V100-SXM2-16GB"]


def test_a_gpu_that_pytorchs_wheels_have_no_code_for_is_told_which_have() -> None:
    what = "CUDA 12.6 on NVIDIA GeForce RTX 5090"
    results = list(check_fit(nvidia("580.95.05", BLACKWELL), wanted("12.6", torch=True)))

    assert told(results)[what] == (
        "failure",
        (
            "compute capability 12.0, and PyTorch's wheels for it have code for 5.0, 6.0, 7.0,"
            " 7.5, 8.0, 8.6 and 9.0"
        ),
    )
    assert hints(results)[what] == "use PyTorch's wheels of `cu129` and `cu130`"


def test_a_gpu_that_is_newer_than_the_release_may_be_compiled_for_at_start() -> None:
    own = list(check_fit(nvidia("580.95.05", BLACKWELL), wanted("12.6")))
    minor = list(check_fit(nvidia("535.183.01", BLACKWELL), wanted("12.6")))

    what = "CUDA 12.6 on NVIDIA GeForce RTX 5090"
    assert told(own)[what][0] == "warning"
    assert told(minor)[what][0] == "failure"


def test_equal_gpus_are_told_once() -> None:
    assert len(list(check_fit(nvidia("580.95.05", A100, A100), wanted("13.0")))) == 2


def test_a_release_that_nobody_knows_is_unknown() -> None:
    assert told(check_fit(nvidia("580.95.05"), wanted("99.1")))["CUDA 99.1"][0] == "unknown"
