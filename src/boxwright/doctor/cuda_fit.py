"""
Whether a driver and its GPUs run a release of CUDA (CUDA Compatibility, chapters 2 and 3).

Newer drivers run older releases. An older driver of the same major release runs newer ones of
it, without what is compiled at start (minor-version compatibility). An older major release is
overcome only on GPUs for data centres, with a package in the image (forward compatibility).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.doctor.nvidia import Gpu, Nvidia
from boxwright.doctor.result import Area, Result, listing
from boxwright.doctor.version import numbers
from boxwright.plan.cuda import least_driver, major, toolkit_driver
from boxwright.scan.gpu import runs_on

_CUDA = Area("cuda")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A CUDA that something brings, or was made for."""

    cuda: str
    """`12.8`, or `12` where no more is known."""
    origin: str
    """What says so: `torch 2.9.1+cu128 in boxwright.lock`."""
    torch: str = ""
    """The CUDA of PyTorch's own build, where it is that."""


@functools.cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("cuda_fit.toml").read_text("utf-8"))


def check_fit(nvidia: Nvidia, wanted: Wanted) -> Iterator[Result]:
    """Yield whether the driver and the GPUs of *nvidia* run *wanted*."""
    if nvidia.driver:
        yield _of_driver(nvidia, wanted)
    for gpu in dict.fromkeys(nvidia.gpus):
        if gpu.capability:
            yield _of_gpu(gpu, wanted, needs_driver_of_own=_is_minor(nvidia.driver, wanted.cuda))


def _of_driver(nvidia: Nvidia, wanted: Wanted) -> Result:
    what = f"CUDA {wanted.cuda}"
    seen = f"{wanted.origin}; the driver is {nvidia.driver}"
    least, own = least_driver(wanted.cuda), toolkit_driver(wanted.cuda)
    if not least:
        return _CUDA.unknown(what, f"{seen}; which one that CUDA needs is not known")
    if _is_at_least(nvidia.driver, least):
        if own and numbers(nvidia.driver)[0] < own:
            seen += f", older than CUDA's own ({own}): code that is compiled at start does not run"
            return _CUDA.ok(what, f"{seen} (minor-version compatibility)")
        return _CUDA.ok(what, seen)
    newest = _newest_of(nvidia.driver)
    older = f"use wheels for CUDA {newest}" if newest else "use wheels for an older CUDA"
    hint = f"renew the driver to {least} or newer, or {older}"
    branch = numbers(nvidia.driver)[0]
    if branch in _table()["forward"].get(str(major(wanted.cuda)), ()) and nvidia.gpus:
        package = f"cuda-compat-{wanted.cuda.replace('.', '-')}"
        if all(gpu.is_data_centre for gpu in nvidia.gpus):
            forward = f"{seen}, older than {least}, the least for it"
            return _CUDA.warning(
                what,
                f"{forward}; these GPUs have forward compatibility",
                f"put the package `{package}` of NVIDIA's archive into the image, or {hint}",
            )
        hint += "; forward compatibility is for GPUs of data centres only"
    return _CUDA.failure(what, f"{seen}, older than {least}, the least for it", hint)


def _of_gpu(gpu: Gpu, wanted: Wanted, *, needs_driver_of_own: bool) -> Result:
    what = f"CUDA {wanted.cuda} on {gpu.name}"
    shown = f"compute capability {gpu.capability / 10:.1f}"
    oldest = _table()["oldest"].get(str(major(wanted.cuda)))
    if oldest and gpu.capability < oldest:
        return _CUDA.failure(
            what,
            f"{shown}, and CUDA {major(wanted.cuda)} has code from {oldest / 10:.1f} on",
            f"use wheels for CUDA {(major(wanted.cuda) or 1) - 1}, or a newer GPU",
        )
    since = _table()["since"].get(str(gpu.capability), "")
    is_later = bool(since) and "." in wanted.cuda and numbers(since) > numbers(wanted.cuda)
    there: Sequence[int] = _table()["torch"].get(wanted.torch, ())
    if there and not runs_on([f"sm_{number}" for number in there], gpu.capability):
        listed = listing(f"{number / 10:.1f}" for number in there)
        return _CUDA.failure(
            what,
            f"{shown}, and PyTorch's wheels for it have code for {listed}",
            _other_torch(gpu),
        )
    if is_later:
        evidence = f"{shown}, which CUDA {since} is the first to know"
        if needs_driver_of_own:
            evidence += "; and code is not compiled at start with this driver"
            return _CUDA.failure(what, evidence, f"use wheels for CUDA {since} or newer")
        hint = f"use wheels for CUDA {since} or newer: others compile at start, or do not run"
        return _CUDA.warning(what, evidence, hint)
    return _CUDA.ok(what, shown)


def _other_torch(gpu: Gpu) -> str:
    fitting = [
        release
        for release, there in _table()["torch"].items()
        if runs_on([f"sm_{number}" for number in there], gpu.capability)
    ]
    if not fitting:
        return "build PyTorch from its source for that GPU, or use another GPU"
    tags = listing(f"`cu{release.replace('.', '')}`" for release in fitting[-2:])
    return f"use PyTorch's wheels of {tags}"


def _is_minor(driver: str, cuda: str) -> bool:
    """Return whether *driver* runs *cuda* by minor-version compatibility only."""
    own = toolkit_driver(cuda)
    return bool(driver and own and numbers(driver)[0] < own)


def _is_at_least(driver: str, least: str) -> bool:
    return numbers(driver) >= numbers(least)


def _newest_of(driver: str) -> str:
    """Return the newest major release of CUDA that *driver* runs; empty for none that is known."""
    fitting = [
        release for release in ("11", "12", "13") if _is_at_least(driver, least_driver(release))
    ]
    return fitting[-1] if fitting else ""
