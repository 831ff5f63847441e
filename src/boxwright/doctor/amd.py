"""AMD's GPUs on a machine: whether there are any, and whether their driver is."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.doctor.host import Host
from boxwright.doctor.nvidia import boards
from boxwright.doctor.result import Area, Result

_GPU = Area("gpu")
_VENDOR = "0x1002"
_COMPUTE = "dev/kfd"
"""What ROCm computes through."""


def check_amd(host: Host) -> Iterator[Result]:
    """Yield what there is of AMD's; nothing where there is nothing."""
    count = boards(host, _VENDOR)
    if not count and not host.has(_COMPUTE):
        return
    seen = f"{count} on the bus, `/{_COMPUTE}` is {'there' if host.has(_COMPUTE) else 'not there'}"
    plans = "Boxwright plans for NVIDIA's GPUs and for none: wheels for ROCm are yours to choose"
    yield _GPU.ok("AMD GPU", seen, plans)
