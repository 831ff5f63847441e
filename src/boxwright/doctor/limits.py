"""What this very process may use: its control groups (cgroup v1 and v2) and the machine's memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result

_ROOT = "sys/fs/cgroup"
_UNLIMITED = 1 << 60
"""From here on a number of version 1 means that there is no limit."""
_LEAST_MEMORY = 256 << 20
_GOOD_MEMORY = 1 << 30
_GOOD_PIDS = 64
_LIMITS = Area("limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the control groups of a process allow; None where they do not limit it."""

    version: int
    """1 or 2; 0 where there are none."""
    memory: int | None = None
    """Bytes."""
    cpus: float | None = None
    pids: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of the whole machine, in bytes."""

    total: int
    available: int
    swap: int


def check_limits(host: Host) -> Iterator[Result]:
    """Yield what there is of memory, processors and processes."""
    limits, memory = read_limits(host), read_memory(host)
    yield _memory(limits, memory)
    yield _processors(host, limits)
    if limits.pids is not None and limits.pids < _GOOD_PIDS:
        yield _LIMITS.warning(
            "processes",
            f"at most {limits.pids} at once",
            "allow more: a build starts a process for each processor, each with threads",
        )
    if limits.version == 1:
        yield _LIMITS.warning(
            "control groups",
            "version 1, which container engines are about to give up",
            "boot with `systemd.unified_cgroup_hierarchy=1`, or a newer system, for version 2",
        )
    elif limits.version == 2:
        yield _LIMITS.ok("control groups", "version 2")
    else:
        yield _LIMITS.unknown("control groups", f"nothing is mounted at `/{_ROOT}`")


def usable_memory(host: Host) -> int | None:
    """Return how many bytes this process may use at most; None where that cannot be seen."""
    memory, limit = read_memory(host), read_limits(host).memory
    known = [size for size in (memory.total if memory else None, limit) if size is not None]
    return min(known, default=None)


def read_memory(host: Host) -> Memory | None:
    """Return the machine's memory; None where it cannot be seen."""
    text = host.read("proc/meminfo")
    if text is None:
        return None
    found = {
        name: int(size) << 10
        for name, size in re.findall(r"^(\w+):\s+([0-9]{1,15}) kB$", text, re.MULTILINE)
    }
    if "MemTotal" not in found:
        return None
    return Memory(
        total=found["MemTotal"],
        available=found.get("MemAvailable", found["MemTotal"]),
        swap=found.get("SwapTotal", 0),
    )


def read_limits(host: Host) -> Limits:
    """Return the narrowest limits of the groups that this process is in."""
    groups = host.read("proc/self/cgroup") or ""
    if host.has(f"{_ROOT}/cgroup.controllers"):
        return _of_version_2(host, groups)
    if host.names(_ROOT):
        return _of_version_1(host, groups)
    return Limits(version=0)


def _of_version_2(host: Host, groups: str) -> Limits:
    path = next(
        (line.removeprefix("0::/") for line in groups.split("\n") if line.startswith("0::/")), ""
    )
    folders = _upwards(_ROOT, path)

    def least(name: str, number: Callable[[str], float | None]) -> float | None:
        return _least(number(host.read(f"{folder}/{name}") or "") for folder in folders)

    memory, pids = least("memory.max", _number), least("pids.max", _number)
    return Limits(
        version=2,
        memory=None if memory is None else int(memory),
        cpus=least("cpu.max", _share),
        pids=None if pids is None else int(pids),
    )


def _of_version_1(host: Host, groups: str) -> Limits:
    paths = {}
    for line in groups.split("\n"):
        parts = line.split(":", 2)
        if len(parts) == 3:
            for controller in parts[1].split(","):
                paths[controller] = parts[2].strip("/")

    def least(controller: str, *names: str) -> float | None:
        found = []
        # In a container without a name space of its own the path is one of the host.
        for folder in _upwards(f"{_ROOT}/{controller}", paths.get(controller, "")):
            texts = [host.read(f"{folder}/{name}") or "" for name in names]
            found.append(_share(" ".join(texts)) if len(names) == 2 else _number(texts[0]))
        return _least(found)

    memory, pids = least("memory", "memory.limit_in_bytes"), least("pids", "pids.max")
    return Limits(
        version=1,
        memory=None if memory is None else int(memory),
        cpus=least("cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us"),
        pids=None if pids is None else int(pids),
    )


def _upwards(root: str, path: str) -> list[str]:
    """
    Return *root*, and the folders below it on the way to *path*.

    >>> _upwards("a", "b/c")
    ['a', 'a/b', 'a/b/c']
    """
    parts = [part for part in path.strip().split("/") if part not in ("", "..")]
    return ["/".join([root, *parts[:end]]) for end in range(len(parts) + 1)]


def _number(text: str) -> float | None:
    found = re.fullmatch(r"[0-9]{1,20}", text.strip())
    number = int(found[0]) if found else _UNLIMITED
    return None if number >= _UNLIMITED else number


def _share(text: str) -> float | None:
    r"""
    Return the processors that a quota and its period are.

    >>> _share("150000 100000\n"), _share("max 100000"), _share("-1\n 100000")
    (1.5, None, None)
    """
    found = re.fullmatch(r"\s*([0-9]{1,12})\s+([0-9]{1,12})\s*", text)
    return int(found[1]) / int(found[2]) if found and int(found[2]) else None


def _least(numbers: Iterator[float | None] | list[float | None]) -> float | None:
    return min((number for number in numbers if number is not None), default=None)


def _memory(limits: Limits, memory: Memory | None) -> Result:
    if memory is None:
        return _LIMITS.unknown("memory", "`/proc/meminfo` says nothing")
    seen = f"{memory_size(memory.total)}, {memory_size(memory.available)} of it free"
    seen += f", {memory_size(memory.swap)} of swap" if memory.swap else ", no swap"
    usable = memory.total
    if limits.memory is not None and limits.memory < memory.total:
        usable = limits.memory
        seen += f"; this process may use {memory_size(usable)}"
    if usable < _LEAST_MEMORY:
        hint = (
            f"give it {memory_size(_GOOD_MEMORY)}: a build would be ended for the memory it takes"
        )
        return _LIMITS.failure("memory", seen, hint)
    if usable < _GOOD_MEMORY:
        hint = f"give it {memory_size(_GOOD_MEMORY)}, or build with `--jobs 1`"
        return _LIMITS.warning("memory", seen, hint)
    return _LIMITS.ok("memory", seen)


def _processors(host: Host, limits: Limits) -> Result:
    seen = f"{host.cpus} ({host.machine})"
    if limits.cpus is not None and limits.cpus < host.cpus:
        seen += f"; this process may use {limits.cpus:g} of them"
        if limits.cpus < 1:
            hint = "give it a whole one: a build spends most of its time there"
            return _LIMITS.warning("processors", seen, hint)
    return _LIMITS.ok("processors", seen)


def memory_size(size: int) -> str:
    """
    Return *size* as memory is counted.

    >>> memory_size(536870912), memory_size(8 << 30)
    ('512 MiB', '8.0 GiB')
    """
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"
