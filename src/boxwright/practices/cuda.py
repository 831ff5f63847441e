"""Which CUDA a Python distribution is made for and brings along, and which driver that needs."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from boxwright.plan.cuda import cuda_table
from boxwright.plan.cuda import major as major
from boxwright.plan.cuda import minimum_driver as minimum_driver
from boxwright.plan.cuda import toolkit_driver as toolkit_driver
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.python_package import PythonPackage


class CudaWheel(NamedTuple):
    """A distribution that is made for CUDA."""

    package: PythonPackage
    version: str
    """`12.4`, or `12` where no more is known; empty where only a lock or an index knows it."""
    brings_libraries: bool
    """Whether CUDA libraries come with it, in wheels called `nvidia-…` or within itself."""
    because: str
    """What says so, for messages: "the index `cu121`", "torch 2.11 comes for CUDA 13.0"."""

    @property
    def major(self) -> int | None:
        """The major release."""
        return major(self.version)


def cuda_wheel(package: PythonPackage) -> CudaWheel | None:
    """
    Return what *package* has to do with CUDA on Linux; None if nothing, or if it is for the CPU.

    First what its version, index, name and extras say, then what its default wheel is.
    """
    said = _said(package)
    if said is not None and said.is_cpu:
        return None
    brings = cuda_table()["brings"]
    name = package.name
    if package.manager == "conda" and said is None:
        # Which build conda takes depends on the machine that it runs on.
        return None
    if name.startswith("nvidia-"):
        version = said.version if said else ""
        if not version and name not in _NVIDIA_LIBRARIES:
            return None
        return CudaWheel(package, version, brings_libraries=True, because="its name says so")
    with_extra: list[str] = brings["with_extra"].get(name, [])
    has_extra = not set(with_extra).isdisjoint(package.extras)
    always = name in brings["always"] or has_extra
    through = name in brings["through_torch"]
    default = _default_of(package) if always or name in brings["needs_system"] else None
    if said is not None:
        return CudaWheel(package, said.version, always or through, f"`{said.text}`")
    if default is not None:
        release, version = default
        return CudaWheel(package, version, always, f"{name} {release} comes for CUDA {version}")
    if always or through:
        return CudaWheel(package, "", brings_libraries=True, because=f"{name} brings it")
    return None


def cuda_wheels(packages: Iterable[PythonPackage]) -> tuple[CudaWheel, ...]:
    """
    Return those of *packages* that are made for CUDA.

    Where a torch for the CPU is installed, what only depends on torch is for the CPU too.
    """
    packages = tuple(packages)
    torches = [package for package in packages if package.name == "torch"]
    for_cpu = bool(torches) and all(is_for_cpu(torch) for torch in torches)
    wheels = []
    for package in packages:
        if for_cpu and package.name in cuda_table()["brings"]["through_torch"]:
            continue
        wheel = cuda_wheel(package)
        if wheel is not None:
            wheels.append(wheel)
    return tuple(wheels)


def is_for_cpu(package: PythonPackage) -> bool:
    """Tell whether version or index of *package* say that it is the build for the CPU."""
    said = _said(package)
    return (said is not None and said.is_cpu) or package.name in {
        "tensorflow-cpu",
        "faiss-cpu",
        "xgboost-cpu",
        "jaxlib-cpu",
        "paddlepaddle",
        "onnxruntime",
    }


def has_cpu_build(name: str) -> bool:
    """Tell whether the distribution *name* comes for the CPU too, from another index."""
    return name in {"torch", "torchvision", "torchaudio"}


class Said(NamedTuple):
    """What a text says of CUDA."""

    text: str
    """The words: `cu121`, `cpu`, `rocm6.2`."""
    version: str
    """`12.1`; empty for the CPU and for other makers' GPUs."""

    @property
    def is_cpu(self) -> bool:
        """Whether it asks for the build without CUDA."""
        return not self.version


@functools.cache
def _tag() -> re.Pattern[str]:
    return re.compile(
        r"(?<![a-z0-9])(?:cu(\d{2,3})(?:x|_?torch.*)?|cuda-?_?(\d{1,2}(?:\.\d{1,2})?x?|\d{3})"
        r"|(cpu|rocm[\d.]*|xpu))(?![a-z0-9.])",
        re.IGNORECASE,
    )


def said_by(text: str) -> Said | None:
    """
    Return what the last part of an index URL, a version's or a name's suffix says of CUDA.

    >>> said_by("https://download.pytorch.org/whl/cu121").version
    '12.1'
    >>> said_by("cupy-cuda12x").version, said_by("/whl/cpu").is_cpu
    ('12', True)
    """
    found = None
    for match in _tag().finditer(text):
        found = match
    if found is None:
        return None
    digits = (found[1] or found[2] or "").rstrip("xX")
    if not digits:
        return Said(found[0], "")
    if "." not in digits and len(digits) > 2:
        digits = f"{digits[:-1]}.{digits[-1]}"
    return Said(found[0], digits)


def _said(package: PythonPackage) -> Said | None:
    texts = [
        package.local_version,
        *(extra for extra in package.extras if extra.startswith(("cuda", "cu1", "cpu"))),
        package.name if package.name != "nvidia-cuda-runtime" else "",
    ]
    for text in texts:
        said = said_by(text) if text else None
        if said is not None:
            return said
    # An index of wheels decides only for what is made for CUDA at all.
    is_elsewhere = (
        "pytorch" in package.index_url and package.name in cuda_table()["brings"]["needs_system"]
    )
    if package.index_url and is_gpu_distribution(package.name) and not is_elsewhere:
        return said_by(package.index_url)
    return None


def is_gpu_distribution(name: str) -> bool:
    """Tell whether the distribution *name* is one that may be made for CUDA."""
    brings = cuda_table()["brings"]
    return (
        name in brings["always"]
        or name in brings["needs_system"]
        or name in brings["with_extra"]
        or name in {"torchvision", "torchaudio", "torchtext", "torchao", "flash-attn"}
        or name.startswith("nvidia-")
    )


_NVIDIA_LIBRARIES = frozenset(
    {
        "nvidia-cublas", "nvidia-cuda-runtime", "nvidia-cuda-nvrtc", "nvidia-cuda-cupti",
        "nvidia-cufft", "nvidia-cufile", "nvidia-curand", "nvidia-cusolver", "nvidia-cusparse",
        "nvidia-nvjitlink", "nvidia-nvtx", "nvidia-cudnn", "nvidia-nccl",
    }
)  # fmt: skip
"""Those whose wheels lost the suffix with CUDA 13."""


def _default_of(package: PythonPackage) -> tuple[str, str] | None:
    """Return the release and its CUDA that are installed unless somebody asks for another."""
    table: Mapping[str, str] | None = cuda_table()["defaults"].get(package.name)
    if table is None:
        return None
    release = ".".join(package.version.split(".")[:2])
    if release:
        return (release, table[release]) if release in table else None
    if package.specifier:
        return None  # Which release a range ends in is for a resolver.
    return table["newest"], table[table["newest"]]
