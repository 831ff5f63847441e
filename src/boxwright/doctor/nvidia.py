"""NVIDIA on a machine: driver, GPUs, and what hands them to containers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boxwright.doctor.engines import Engine
from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result, listing
from boxwright.doctor.version import numbers, version_in

_GPU = Area("gpu")
_SMI = "nvidia-smi"
_WSL_SMI = "usr/lib/wsl/lib/nvidia-smi"
_DRIVER_FILE = "proc/driver/nvidia/version"
_DEVICES = "sys/bus/pci/devices"
_NVIDIA, _AMD = "0x10de", "0x1002"
_DISPLAYS = ("0x03", "0x12")
"""Classes of devices on the bus: displays, and accelerators of computing."""
_CDI_FOLDERS = ("etc/cdi", "var/run/cdi", "run/cdi")
_SAFE_TOOLKIT = (1, 17, 8)
"""The first container toolkit out of which a container cannot break (CVE-2025-23266)."""
_CDI_IN_DOCKER = (25,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A GPU that the driver knows."""

    name: str
    capability: int
    """Its compute capability as architectures have it, `89`; 0 where the driver does not say."""
    memory: int
    """MiB; 0 where the driver does not say."""

    @property
    def is_data_centre(self) -> bool:
        """
        Whether it is of NVIDIA's for data centres, which forward compatibility is for.

        >>> Gpu(name="NVIDIA A100-SXM4-80GB", capability=80, memory=0).is_data_centre
        True
        >>> Gpu(name="NVIDIA RTX A2000", capability=86, memory=0).is_data_centre
        False
        """
        if re.search(r"GeForce|RTX|Quadro|TITAN|GTX|MX[0-9]", self.name, re.IGNORECASE):
            return False
        return bool(
            re.search(r"\b(?:Tesla|(?:GB|GH|[ABHLTPVKM])[0-9]{1,3}[A-Z]{0,2})(?![0-9])", self.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nvidia:
    """What there is of NVIDIA."""

    driver: str = ""
    """Its version; empty where none is loaded."""
    cuda: str = ""
    """The newest CUDA that the driver says it runs."""
    gpus: tuple[Gpu, ...] = ()
    boards: int = 0
    """Devices of NVIDIA's on the bus, whether or not a driver knows them."""
    is_wsl: bool = False
    has_nouveau: bool = False
    """Whether the driver is not NVIDIA's but the kernel's own, which runs no CUDA."""
    problem: str = ""
    """Why `nvidia-smi` says nothing, where it should."""

    @property
    def is_there(self) -> bool:
        """Whether there is anything of NVIDIA at all."""
        return bool(self.driver or self.gpus or self.boards or self.problem)


def read_nvidia(host: Host) -> Nvidia:
    """Return what *host* has of NVIDIA."""
    is_wsl = "microsoft" in (host.read("proc/version") or "").lower()
    program = _SMI
    if host.find(_SMI) is None and is_wsl and host.has(_WSL_SMI):
        program = str(host.root / _WSL_SMI)
    driver = ""
    found = re.search(
        r"NVRM version:[^\n]*?\s([0-9]{3,4}(?:\.[0-9]{1,4}){1,2})\s", _of_kernel(host)
    )
    if found:
        driver = found[1]
    asked = host.run(program, "--query-gpu=name,driver_version,compute_cap,memory.total", *_CSV)
    if asked is not None and asked.status and "not a valid field" in asked.out + asked.err:
        # Drivers before 510 do not tell the compute capability.
        asked = host.run(program, "--query-gpu=name,driver_version,name,memory.total", *_CSV)
    gpus: list[Gpu] = []
    problem = ""
    if asked is not None and asked.status == 0:
        for line in asked.out.splitlines():
            cells = [cell.strip() for cell in line.split(",")]
            if len(cells) == 4:
                driver = driver or version_in(cells[1])
                gpus.append(
                    Gpu(name=cells[0], capability=_capability(cells[2]), memory=_mib(cells[3]))
                )
    elif asked is not None:
        problem = asked.words
    shown = host.run(program) if gpus else None
    cuda = re.search(r"CUDA Version:\s*([0-9]{1,3}\.[0-9]{1,3})", shown.out) if shown else None
    return Nvidia(
        driver=driver,
        cuda=cuda[1] if cuda else "",
        gpus=tuple(gpus),
        boards=boards(host, _NVIDIA),
        is_wsl=is_wsl,
        has_nouveau=host.has("sys/module/nouveau") and not driver,
        problem=problem,
    )


def boards(host: Host, vendor: str) -> int:
    """Return how many GPUs of *vendor* (`0x10de`) are on the bus of *host*."""
    count = 0
    for name in host.names(_DEVICES):
        if (host.read(f"{_DEVICES}/{name}/vendor") or "").strip() == vendor:
            kind = (host.read(f"{_DEVICES}/{name}/class") or "").strip()
            count += kind.startswith(_DISPLAYS)
    return count


def check_nvidia(host: Host, nvidia: Nvidia, *, is_wanted: bool) -> Iterator[Result]:
    """Yield what is to be said of driver and GPUs; with *is_wanted* there have to be some."""
    if not nvidia.is_there:
        seen = "none: no `nvidia-smi`, no driver in `/proc`, no device of NVIDIA's on the bus"
        if boards(host, _AMD):
            seen += "; there is one of AMD's, which the wheels for CUDA do not run on"
        if is_wanted:
            yield _GPU.failure(
                "NVIDIA GPU", seen, 'run it where there is one, or set `accelerator = "cpu"`'
            )
        else:
            yield _GPU.ok("NVIDIA GPU", seen)
        return
    if nvidia.problem or not nvidia.gpus:
        yield _without_gpus(nvidia, is_wanted=is_wanted)
        return
    for gpu in nvidia.gpus:
        capability = f"compute capability {gpu.capability / 10:.1f}" if gpu.capability else ""
        memory = f"{gpu.memory / 1024:.0f} GiB" if gpu.memory else ""
        yield _GPU.ok(gpu.name, listing(filter(None, (capability, memory))) or "it answers")
    seen = nvidia.driver + (f", for CUDA up to {nvidia.cuda}" if nvidia.cuda else "")
    if nvidia.is_wsl:
        seen += ", that of Windows (WSL 2)"
    yield _GPU.ok("NVIDIA driver", seen)


def check_toolkit(
    host: Host, nvidia: Nvidia, engine: Engine | None, *, is_wanted: bool
) -> Iterator[Result]:
    """Yield whether containers of *engine* get at the GPUs."""
    if not (nvidia.gpus or is_wanted):
        return
    versions = [
        version_in(answer.out)
        for answer in (
            host.run("nvidia-ctk", "--version"),
            host.run("nvidia-container-cli", "--version"),
        )
        if answer is not None and answer.status == 0
    ]
    version = next(filter(None, versions), "")
    specs = cdi_files(host)
    devices = engine.devices if engine else ()
    install = "install the package `nvidia-container-toolkit` of NVIDIA's archive"
    if not version and not specs and not any("nvidia" in device for device in devices):
        seen = "there is neither `nvidia-ctk` nor `nvidia-container-cli`"
        yield _GPU.failure("container toolkit", seen, install)
        return
    if version and numbers(version) < _SAFE_TOOLKIT:
        seen = f"{version}: containers can break out of it (CVE-2025-23266)"
        yield _GPU.warning("container toolkit", seen, f"{install} 1.17.8 or newer")
    else:
        yield _GPU.ok("container toolkit", version or "its specifications are there")
    if engine is not None:
        yield _handed(engine, specs)


def cdi_files(host: Host) -> tuple[str, ...]:
    """Return the CDI specifications of NVIDIA's devices that *host* has, by path."""
    found: dict[str, str] = {}
    for folder in _CDI_FOLDERS:
        for name in host.names(folder):
            text = host.read(f"{folder}/{name}") if name.endswith((".yaml", ".json")) else None
            if text and re.search(r"nvidia\.com/gpu\b", text):
                found.setdefault(name, f"/{folder}/{name}")
    return tuple(found.values())


def _handed(engine: Engine, specs: Sequence[str]) -> Result:
    """Return how *engine* hands GPUs to containers."""
    ways = []
    if any(name == "nvidia" for name in engine.runtimes):
        ways.append("its runtime `nvidia`")
    by_cdi = bool(specs) or any("nvidia" in device for device in engine.devices)
    if by_cdi and (engine.name != "docker" or numbers(engine.version) >= _CDI_IN_DOCKER):
        ways.append(f"CDI ({listing(f'`{path}`' for path in specs)})" if specs else "CDI")
    what = f"GPUs in {engine.name}"
    if ways:
        return _GPU.ok(what, f"through {listing(ways)}")
    if engine.name == "docker":
        hint = "`sudo nvidia-ctk runtime configure --runtime=docker`, then restart Docker"
        return _GPU.failure(what, "it has no runtime `nvidia` and no CDI specification", hint)
    return _GPU.failure(
        what,
        "there is no CDI specification of NVIDIA's in `/etc/cdi` or `/var/run/cdi`",
        "`sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`",
    )


def _without_gpus(nvidia: Nvidia, *, is_wanted: bool) -> Result:
    seen = f"`{_SMI}`: {nvidia.problem}" if nvidia.problem else f"no `{_SMI}` tells of a GPU"
    if nvidia.has_nouveau:
        seen += "; the driver is nouveau, the kernel's own"
        hint = "install NVIDIA's driver, which keeps nouveau from being loaded"
    elif "mismatch" in nvidia.problem.lower():
        hint = "the driver was renewed under way: restart the machine"
    elif nvidia.driver:
        hint = "install the programs of the driver's own version (`nvidia-utils`), or restart"
    else:
        hint = "install NVIDIA's driver"
    judge = _GPU.failure if is_wanted else _GPU.warning
    return judge("NVIDIA driver", seen, hint)


_CSV = ("--format=csv,noheader,nounits",)


def _of_kernel(host: Host) -> str:
    return host.read(_DRIVER_FILE) or ""


def _capability(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,2})\.([0-9])", text)
    return int(found[1]) * 10 + int(found[2]) if found else 0


def _mib(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
