"""Platforms: this machine's own, emulated, or not to be run here."""

from __future__ import annotations

import pytest
from tests.doctor.machines import Machine

from boxwright.doctor.emulation import check_platform, check_platforms
from boxwright.doctor.engines import find_engines

ENTRY = "enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: {}\noffset 0\n"


def verdict(machine: Machine, platform: str) -> tuple[str, str]:
    found = check_platform(machine.host(), platform, None)
    return found.verdict.value, found.evidence


def test_its_own_platform_runs(machine) -> None:
    machine.machine = "aarch64"

    assert verdict(machine, "linux/arm64") == ("ok", "this is arm64")
    assert verdict(machine, "linux/arm64/v8") == ("ok", "this is arm64")


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (None, "failure"),
        ("disabled\n", "failure"),
        (ENTRY.format("OC"), "warning"),
        (ENTRY.format("POCF"), "warning"),
    ],
)
def test_another_platform_needs_emulation(machine, entry: str | None, found: str) -> None:
    if entry:
        machine.file("proc/sys/fs/binfmt_misc/qemu-aarch64", entry)

    shown, evidence = verdict(machine, "linux/arm64")

    assert shown == found
    assert ("not in containers" in evidence) == (entry == ENTRY.format("OC"))


def test_an_engine_elsewhere_is_asked_for_its_own(machine) -> None:
    machine.docker(Architecture="aarch64")
    machine.environ["DOCKER_HOST"] = "ssh://builder"
    (found,) = find_engines(machine.host())

    assert check_platform(machine.host(), "linux/arm64", found.engine).verdict == "ok"
    assert check_platform(machine.host(), "linux/amd64", found.engine).verdict == "unknown"


def test_of_several_platforms_one_is_enough(machine) -> None:
    both = ("linux/arm64", "linux/amd64")

    found = check_platforms(machine.host(), both, None)

    assert (found.what, found.verdict) == ("linux/amd64", "ok")
    assert check_platforms(machine.host(), ("linux/arm64",), None).verdict == "failure"
