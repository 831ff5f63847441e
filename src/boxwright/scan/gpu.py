"""What an image has for GPUs, what its host has to have, and what of it contradicts itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.plan.cuda import least_driver, major, minimum_driver
from boxwright.scan.artifacts.elf_facts import order
from boxwright.scan.layer_index import Binary
from boxwright.scan.packages.package import Package

_BY_HOST = ("libcuda.so", "libnvidia-ml.so", "libOpenCL.so", "libze_loader.so")
"""Libraries that come from the host with its driver."""
_LOCAL_VERSION = re.compile(r"\+.*?\bcu(1[0-9])([0-9])\b")
_AT_LEAST = re.compile(r"\bcuda\s*>=?\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)")
_TRUE = ("1", "true", "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release of CUDA, cuDNN or NCCL that is in the image, or that something says is."""

    part: str
    """`cuda`, `cudnn`, `nccl`."""
    version: str
    """As far as it is known: `12.4`, `9.1.0`, `12`."""
    origin: str
    """What tells of it: a package with its version, a variable, the path of a library."""
    is_in_wheel: bool = False
    """Whether it came with Python packages; otherwise it is the base's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A library with code for GPUs."""

    path: str
    size: int
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """Files for GPUs that nothing in the image can use."""

    path: str
    """Of the file, or of the folder with a `/` at its end."""
    size: int
    why: str
    """A clause: ``it needs `libcudart.so.11.0`, which is not in the image``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuFacts:
    """What is known of an image's GPU use; all empty for one that has none."""

    releases: tuple[Release, ...] = ()
    cuda: str = ""
    """The newest CUDA that is in it: what the driver has to run."""
    driver: int | None = None
    """The major release of the least Linux driver that runs it."""
    driver_release: str = ""
    """The same with all its numbers."""
    requires: str = ""
    """The CUDA that `NVIDIA_REQUIRE_CUDA` asks the host for; empty where it asks for none."""
    visible_devices: str = ""
    capabilities: str = ""
    code: tuple[DeviceCode, ...] = ()
    """Libraries with code for NVIDIA's or AMD's GPUs, the largest first."""
    architectures: tuple[str, ...] = ()
    """Of NVIDIA's, those on which all of the libraries that are used run: `sm_80`, …"""
    conflicts: tuple[str, ...] = ()
    """What contradicts itself, in clauses."""
    unused: tuple[Unused, ...] = ()
    """The largest first."""

    @property
    def has_gpu_code(self) -> bool:
        """Whether anything in the image is for a GPU."""
        return bool(self.releases or self.code)


def gpu_facts(
    environment: Mapping[str, str],
    packages: Iterable[Package],
    binaries: Mapping[str, Binary],
    sizes: Mapping[str, int],
) -> GpuFacts:
    """
    Return what the final filesystem of an image has for GPUs.

    *environment* is that of the image's configuration, *binaries* and *sizes* are by path.
    """
    packages = tuple(packages)
    releases = tuple(
        dict.fromkeys(
            (
                *_of_environment(environment),
                *_of_packages(packages),
                *_of_libraries(binaries),
            )
        )
    )
    built_for = _built_for(packages)
    versions = [it.version for it in releases if it.part == "cuda"]
    cuda = max([*versions, built_for], key=_key, default="")
    unused = _unused(packages, binaries, sizes, built_for or cuda)
    skipped = {it.path for it in unused}
    code = sorted(
        (
            DeviceCode(path=path, size=it.size, architectures=it.gpu_architectures)
            for path, it in binaries.items()
            if it.gpu_architectures
        ),
        key=lambda it: (-it.size, it.path),
    )
    requires = _requires(environment)
    return GpuFacts(
        releases=releases,
        cuda=cuda,
        driver=minimum_driver(cuda),
        driver_release=least_driver(cuda),
        requires=requires,
        visible_devices=environment.get("NVIDIA_VISIBLE_DEVICES", ""),
        capabilities=environment.get("NVIDIA_DRIVER_CAPABILITIES", ""),
        code=tuple(code),
        architectures=_common([it.architectures for it in code if it.path not in skipped]),
        conflicts=tuple(_conflicts(releases, requires, cuda)),
        unused=unused,
    )


def runs_on(architectures: Iterable[str], number: int) -> bool:
    """
    Tell whether code for *architectures* runs on an NVIDIA GPU of compute capability *number*.

    Machine code runs on later ones of the same generation, PTX on all later ones (CUDA C++
    Programming Guide, 3.1.2 and 3.1.3); code for `sm_90a` runs on that one only.

    >>> runs_on(["sm_80"], 89), runs_on(["sm_80"], 90), runs_on(["ptx_80"], 90)
    (True, False, True)
    """
    for architecture in architectures:
        found = re.fullmatch(r"(sm|ptx)_([0-9]+)(a?)", architecture)
        if found is None:
            continue
        there = int(found[2])
        if there == number or (
            not found[3] and there < number and (found[1] == "ptx" or there // 10 == number // 10)
        ):
            return True
    return False


@functools.cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("gpu.toml").read_text("utf-8"))


def _of_environment(environment: Mapping[str, str]) -> Iterable[Release]:
    for part in _table()["parts"]:
        value = environment.get(part["variable"], "")
        if value[:1].isdigit():
            yield Release(
                part=part["name"],
                version=_short(part["name"], value),
                origin=f"`{part['variable']}`",
            )


def _of_packages(packages: Iterable[Package]) -> Iterable[Release]:
    kinds = {"pypi": "wheels", "deb": "debs", "conda": "conda"}
    for package in packages:
        if package.type not in kinds:
            continue
        name = package.name.lower().replace("_", "-")
        for part in _table()["parts"]:
            pattern = part[kinds[package.type]]
            if package.type == "pypi":
                pattern += r"(-cu[0-9]{2,3})?"
            if re.fullmatch(pattern, name):
                yield Release(
                    part=part["name"],
                    version=_short(part["name"], package.version.rpartition(":")[2]),
                    origin=f"`{package.name}` {package.version}",
                    is_in_wheel=package.type == "pypi",
                )


def _of_libraries(binaries: Mapping[str, Binary]) -> Iterable[Release]:
    for path, binary in binaries.items():
        base = path.rpartition("/")[2]
        for part in _table()["parts"]:
            # Wheels put a hash into the names of what they bundle: `libcudart-a7b20f20.so.11.0`.
            found = re.fullmatch(
                re.escape(part["library"]) + r"(?:-[0-9a-f]{6,10})?\.so\.([0-9.]+)", base
            )
            version = found[1] if found else ""
            if not version and binary.soname.startswith(part["library"] + ".so."):
                version = binary.soname.partition(".so.")[2]
            if version:
                yield Release(
                    part=part["name"],
                    version=_short(part["name"], version),
                    origin=f"`/{path}`",
                    is_in_wheel=_is_in_wheel(path),
                )


def _built_for(packages: Iterable[Package]) -> str:
    """Return the CUDA that PyTorch was built for, as its version says it; empty if it does not."""
    for package in packages:
        if package.type == "pypi" and package.name == "torch":
            found = _LOCAL_VERSION.search(package.version)
            return f"{found[1]}.{found[2]}" if found else ""
    return ""


def _requires(environment: Mapping[str, str]) -> str:
    if environment.get("NVIDIA_DISABLE_REQUIRE", "").lower() in _TRUE:
        return ""
    found = _AT_LEAST.search(environment.get("NVIDIA_REQUIRE_CUDA", ""))
    return found[1] if found else ""


def _unused(
    packages: Iterable[Package],
    binaries: Mapping[str, Binary],
    sizes: Mapping[str, int],
    cuda: str,
) -> tuple[Unused, ...]:
    there = {it.soname for it in binaries.values()}
    there.update(path.rpartition("/")[2] for path in sizes if ".so" in path)
    found: dict[str, Unused] = {}
    for path, binary in binaries.items():
        missing = [
            name
            for name in binary.needed
            if ".so." in name and name not in there and not name.startswith(_BY_HOST)
        ]
        if missing:
            why = f"it needs `{missing[0]}`, which is not in the image"
            found[path] = Unused(path=path, size=binary.size, why=why)
    for path in _other_variants(packages, binaries, cuda):
        why = f"it is for another CUDA than {cuda}, which PyTorch was built for"
        found.setdefault(path, Unused(path=path, size=binaries[path].size, why=why))
    kinds = {"cuda"} if cuda else set()
    if any(name.startswith("libamdhip64.so") for name in there):
        kinds.add("rocm")
    for backend in _table()["backends"] if kinds else ():
        if backend["of"] not in kinds:
            for folder, size in _folders(sizes, backend["path"]).items():
                why = f"it is for {_NAMES[backend['of']]} GPUs, for which there is nothing else"
                found[folder] = Unused(path=folder, size=size, why=why)
    return tuple(sorted(found.values(), key=lambda it: (-it.size, it.path)))


_NAMES = {"rocm": "AMD's", "cuda": "NVIDIA's"}


def _other_variants(
    packages: Iterable[Package], binaries: Mapping[str, Binary], cuda: str
) -> list[str]:
    """Return the libraries of which another one is chosen, where that one is there."""
    names = {it.name.lower() for it in packages}
    others: list[str] = []
    for package, pattern in _table()["variants"].items():
        if package not in names:
            continue
        by_version: dict[str, list[str]] = {}
        for path in binaries:
            chosen = re.fullmatch(pattern, path.rpartition("/")[2])
            if chosen:
                by_version.setdefault(f"{chosen[1]}.{chosen[2]}", []).append(path)
        if cuda in by_version:
            others += (
                it for version in by_version if version != cuda for it in by_version[version]
            )
    return others


def _folders(sizes: Mapping[str, int], part: str) -> dict[str, int]:
    """Return each folder whose path ends with *part*, with the bytes in it."""
    folders: dict[str, int] = {}
    for path, size in sizes.items():
        at = f"/{path}".find(part)
        if at >= 0:
            folder = f"/{path}"[1 : at + len(part)]
            folders[folder] = folders.get(folder, 0) + size
    return folders


def _conflicts(releases: Iterable[Release], requires: str, cuda: str) -> Iterable[str]:
    releases = tuple(releases)
    of_cuda = [it for it in releases if it.part == "cuda"]
    by_major: dict[int, Release] = {}
    for release in of_cuda:
        number = major(release.version)
        if number is not None:
            by_major.setdefault(number, release)
    if len(by_major) > 1:
        told = ", ".join(f"{number} ({by_major[number].origin})" for number in sorted(by_major))
        yield f"there are {len(by_major)} major releases of CUDA: {told}"
    base = [it for it in of_cuda if not it.is_in_wheel]
    wheels = [it for it in of_cuda if it.is_in_wheel]
    if base and wheels:
        newest_base = max(base, key=lambda it: _key(it.version))
        newest_wheel = max(wheels, key=lambda it: _key(it.version))
        width = min(newest_base.version.count("."), newest_wheel.version.count(".")) + 1
        if _key(newest_wheel.version)[:width] > _key(newest_base.version)[:width]:
            yield (
                f"the wheels bring CUDA {newest_wheel.version} ({newest_wheel.origin}), newer than "
                f"the base's {newest_base.version} ({newest_base.origin})"
            )
    if requires and cuda and (major(requires) or 0) < (major(cuda) or 0):
        yield f"`NVIDIA_REQUIRE_CUDA` asks the host for {requires} only, and CUDA {cuda} is there"
    cudnn = {it.version.partition(".")[0] for it in releases if it.part == "cudnn"}
    if len(cudnn) > 1:
        yield f"there are {len(cudnn)} major releases of cuDNN: {', '.join(sorted(cudnn))}"


def _common(libraries: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the architectures of NVIDIA's on which all of *libraries* run."""
    of_nvidia = [it for it in libraries if any(one.startswith(("sm_", "ptx_")) for one in it)]
    numbers = {
        int(found[1])
        for library in of_nvidia
        for one in library
        if (found := re.fullmatch(r"sm_([0-9]+)a?", one))
    }
    common = [n for n in numbers if all(runs_on(library, n) for library in of_nvidia)]
    return tuple(sorted((f"sm_{n}" for n in common), key=order))


def _is_in_wheel(path: str) -> bool:
    return "/site-packages/" in f"/{path}" or "/dist-packages/" in f"/{path}"


def _short(part: str, version: str) -> str:
    """Return the numbers of *version* that matter: two of CUDA's, three of the others."""
    found = re.match(r"[0-9]{1,9}(\.[0-9]{1,9}){0,5}", version)
    numbers = found[0].split(".") if found else []
    return ".".join(numbers[: 2 if part == "cuda" else 3])


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number)
