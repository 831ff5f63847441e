"""Which CUDA a project's wheels and base are for."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.build.from_folder import Planned, plan_folder
from boxwright.doctor.cuda_fit import Wanted
from boxwright.doctor.wheels import cuda_of
from boxwright.lock.document import lock_text
from boxwright.lock.model import Lock, LockedImage, LockedPython, LockedWheel, PlatformLock
from boxwright.oci.digest import digest_of

FILES = {
    "main.py": "import torch\nprint(torch.zeros(1).cuda())\n",
    "requirements.txt": "torch\n",
    "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[tool.boxwright]\naccelerator = "cuda"\n',
}


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return the plan of a program that needs a GPU."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return plan_folder(
        tmp_path, overrides={"platform": "linux/amd64"}, offline=True, environ=os.environ
    )


CUDA_IMAGE = LockedImage(
    name="ours/cuda:1",
    digest=digest_of(b"image"),
    layers=(),
    python=LockedPython(program="usr/bin/python3.13"),
    glibc="2.41",
    env=("PATH=/usr/bin", "CUDA_VERSION=12.6.3"),
)


def lock(
    planned: Planned,
    *wheels: tuple[str, str],
    platform: str = "linux/amd64",
    image: LockedImage | None = None,
) -> None:
    digest = digest_of(b"")
    locked = tuple(
        LockedWheel(name=name, version=version, file=f"{name}.whl", digest=digest, size=1)
        for name, version in wheels
    )
    part = PlatformLock(
        platform=platform,
        suite="trixie",
        variant="distroless",
        python="3.13",
        debs=(),
        wheels=locked,
        image=image,
    )
    text = lock_text(Lock(inputs=digest, platforms=(part,)))
    (planned.folder / "boxwright.lock").write_text(text)


def test_the_runtime_in_the_lock_says_which_cuda_it_is(planned) -> None:
    lock(planned, ("nvidia-cuda-runtime-cu12", "12.8.90"), ("torch", "2.9.1"))

    assert cuda_of(planned) == (
        (
            Wanted(
                cuda="12.8",
                origin="`nvidia-cuda-runtime-cu12` 12.8.90 in `boxwright.lock`",
                torch="12.8",
            ),
        ),
        (),
    )


def test_so_does_the_local_version_of_pytorch(planned) -> None:
    lock(planned, ("torch", "2.11.0+cu130"))

    (wanted,), _ = cuda_of(planned)

    assert wanted == Wanted(
        cuda="13.0", origin="`torch` 2.11.0+cu130 in `boxwright.lock`", torch="13.0"
    )


def test_the_runtime_of_cuda_13_has_no_suffix(planned) -> None:
    lock(planned, ("nvidia-cuda-runtime", "13.0.96"))

    (wanted,), _ = cuda_of(planned)

    assert (wanted.cuda, wanted.torch) == ("13.0", "")


def test_an_image_in_the_lock_tells_its_cuda_itself(planned) -> None:
    lock(planned, ("torch", "2.11.0+cu130"), image=CUDA_IMAGE)

    releases, _ = cuda_of(planned)

    assert releases[1] == Wanted(cuda="12.6", origin="the base `ours/cuda:1`")


def test_two_major_releases_contradict_each_other(planned) -> None:
    lock(planned, ("nvidia-cuda-runtime", "13.0.96"), ("nvidia-cuda-runtime-cu12", "12.8.90"))

    _, conflicts = cuda_of(planned)

    assert len(conflicts) == 1
    assert conflicts[0].startswith("there are 2 major releases of CUDA: 12")


def test_a_base_with_cuda_is_compared(planned) -> None:
    lock(planned, ("nvidia-cuda-runtime-cu12", "12.8.90"))
    assert planned.plan.images
    images = replace(planned.plan.images, runtime="nvidia/cuda:12.4.1-runtime-ubuntu22.04")
    with_base = replace(planned, plan=replace(planned.plan, images=images))

    releases, conflicts = cuda_of(with_base)

    assert [it.cuda for it in releases] == ["12.8", "12.4"]
    assert conflicts == (
        (
            "the wheels bring CUDA 12.8 (`nvidia-cuda-runtime-cu12` 12.8.90), newer than the"
            " base's 12.4 (`CUDA_VERSION`)"
        ),
    )


@pytest.mark.parametrize("text", [None, "no lock"])
def test_without_a_lock_the_plan_says_what_it_knows(planned, text: str | None) -> None:
    if text:
        (planned.folder / "boxwright.lock").write_text(text)
    assert planned.plan.gpu

    releases, conflicts = cuda_of(planned)

    origin = "what the project's dependencies come for"
    assert releases == (Wanted(cuda=planned.plan.gpu.cuda, origin=origin),)
    assert conflicts == ()


def test_a_lock_for_another_platform_says_nothing(planned) -> None:
    lock(planned, ("torch", "2.11.0+cu130"), platform="linux/arm64")

    (wanted,), _ = cuda_of(planned)

    assert "dependencies" in wanted.origin
