"""What a process may use, by both versions of control groups."""

from __future__ import annotations

import pytest
from tests.doctor.machines import Machine, hints, told

from boxwright.doctor.limits import Limits, check_limits, read_limits, usable_memory

MIB = 1 << 20


def version_1(machine: Machine) -> None:
    machine.file("proc/self/cgroup", "4:memory:/job\n2:cpu,cpuacct:/job\n8:pids:/job\n0::/\n")
    machine.file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    machine.file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", f"{512 * MIB}\n")
    machine.file("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n")
    machine.file("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n")
    machine.file("sys/fs/cgroup/pids/job/pids.max", "32\n")


def version_2(machine: Machine) -> None:
    machine.file("proc/self/cgroup", "0::/ci.slice/job\n")
    machine.file("sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n")
    machine.file("sys/fs/cgroup/ci.slice/memory.max", f"{4096 * MIB}\n")
    machine.file("sys/fs/cgroup/ci.slice/job/memory.max", "max\n")
    machine.file("sys/fs/cgroup/ci.slice/job/cpu.max", "50000 100000\n")
    machine.file("sys/fs/cgroup/ci.slice/pids.max", "max\n")


def test_version_1_with_half_a_gibibyte(machine) -> None:
    machine.memory(16, free=12)
    version_1(machine)
    results = list(check_limits(machine.host()))

    assert read_limits(machine.host()) == Limits(version=1, memory=512 * MIB, pids=32)
    assert told(results) == {
        "memory": (
            "warning",
            "16.0 GiB, 12.0 GiB of it free, no swap; this process may use 512 MiB",
        ),
        "processors": ("ok", "4 (x86_64)"),
        "processes": ("warning", "at most 32 at once"),
        "control groups": ("warning", "version 1, which container engines are about to give up"),
    }
    assert hints(results)["memory"] == "give it 1.0 GiB, or build with `--jobs 1`"
    assert usable_memory(machine.host()) == 512 * MIB


def test_in_version_2_the_groups_above_count_too(machine) -> None:
    machine.memory(16, swap=2)
    version_2(machine)

    assert read_limits(machine.host()) == Limits(version=2, memory=4096 * MIB, cpus=0.5)
    assert told(check_limits(machine.host())) == {
        "memory": (
            "ok",
            "16.0 GiB, 16.0 GiB of it free, 2.0 GiB of swap; this process may use 4.0 GiB",
        ),
        "processors": ("warning", "4 (x86_64); this process may use 0.5 of them"),
        "control groups": ("ok", "version 2"),
    }


def test_in_a_container_of_version_1_the_path_is_one_of_the_host(machine) -> None:
    machine.file("proc/self/cgroup", "4:memory:/docker/0123\n")
    machine.file("sys/fs/cgroup/memory/memory.limit_in_bytes", f"{MIB}\n")

    assert read_limits(machine.host()).memory == MIB


def test_too_little_memory_is_a_failure(machine) -> None:
    machine.memory(0.125)

    assert told(check_limits(machine.host()))["memory"][0] == "failure"


def test_a_machine_that_tells_nothing_is_unknown(machine) -> None:
    assert told(check_limits(machine.host())) == {
        "memory": ("unknown", "`/proc/meminfo` says nothing"),
        "processors": ("ok", "4 (x86_64)"),
        "control groups": ("unknown", "nothing is mounted at `/sys/fs/cgroup`"),
    }
    assert usable_memory(machine.host()) is None


@pytest.mark.parametrize("text", ["", "-1", "x", "9" * 40, "1 2 3"])
def test_odd_numbers_are_no_limits(machine, text: str) -> None:
    machine.file("sys/fs/cgroup/cgroup.controllers", "")
    machine.file("sys/fs/cgroup/memory.max", text)
    machine.file("sys/fs/cgroup/cpu.max", text)

    assert read_limits(machine.host()) == Limits(version=2)
