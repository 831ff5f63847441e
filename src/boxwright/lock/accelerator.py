"""
CPU builds of PyTorch and its like, unless a GPU is planned.

The default index's `torch` brings gigabytes of CUDA libraries along. Who has said where
`torch` comes from is obeyed: `UV_TORCH_BACKEND`, an index of its own in `tool.uv.sources`,
a version with a local part (`2.13.0+cpu`). Otherwise CPU builds in the find-links folders
are taken where they satisfy the requirements, and PyTorch's own CPU index, which uv knows
(`--torch-backend cpu`), where they do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import PackageError
from boxwright.wheel.filename import parse_wheel_filename

if TYPE_CHECKING:
    from boxwright.lock.target import Target

FAMILY = frozenset(
    {"torch", "torchvision", "torchaudio", "torchtext", "torchdata", "torchao", "torchcodec"}
)
"""Names of which PyTorch's indexes have builds per accelerator."""

_CUDA_NAME = re.compile(
    r"(nvidia-(?!ml-py).*|cuda-(toolkit|bindings|python|pathfinder)|triton)"
    r"|(cupy-cuda|jax-cuda|jaxlib-cuda|cudf-cu|cuml-cu).*"
)
_CUDA_LOCAL = re.compile(r"\+(cu\d|rocm|xpu)")


def local_cpu_builds(folders: Iterable[Path], target: Target) -> Iterator[str]:
    """Yield the versions of `torch` in *folders* that are CPU builds for *target*, newest first."""
    from packaging.version import Version

    tags = {str(tag) for tag in target.tags}
    versions: set[str] = set()
    for folder in folders:
        for path in folder.glob("torch-*+cpu*.whl"):
            try:
                name = parse_wheel_filename(path.name)
            except PackageError:
                continue
            if tags & set(name.tags):
                versions.add(name.version)
    yield from sorted(versions, key=Version, reverse=True)


def names_own_source(pyproject: dict[str, Any]) -> bool:
    """Return whether `tool.uv.sources` says where `torch` comes from, or `tool.uv` which builds."""
    uv = pyproject.get("tool", {}).get("uv", {})
    return (
        "torch" in uv.get("sources", {})
        or "torch-backend" in uv
        or "torch-backend" in uv.get("pip", {})
    )


def cuda_packages(chosen: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """
    Return which of the (name, version) pairs are of use with a GPU only.

    >>> cuda_packages([("nvidia-nccl-cu12", "2.28"), ("numpy", "2.4.0"), ("torch", "2.13.0+cu130")])
    ('nvidia-nccl-cu12', 'torch 2.13.0+cu130')
    """
    found = []
    for name, version in chosen:
        if _CUDA_NAME.fullmatch(name):
            found.append(name)
        elif _CUDA_LOCAL.search(version):
            found.append(f"{name} {version}")
    return tuple(found)
