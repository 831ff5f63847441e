"""Tests of the rule `raw-device`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("raw-device", path="compose.yaml")


def text(device: str, key: str = "devices") -> str:
    return f"services:\n  a:\n    image: x:1\n    {key}:\n      - {device}\n"


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("/dev/sda1:/dev/x:r", "`a` is given a disk, `/dev/sda1`"),
        ("/dev/nvme0n1", "`a` is given a disk, `/dev/nvme0n1`"),
        ("/dev/mapper/vg", "`a` is given a disk, `/dev/mapper/vg`"),
        ("/dev:/dev", "`a` is given every device, `/dev`"),
        ("{source: /dev/mem, target: /x}", "`a` is given the memory of the machine, `/dev/mem`"),
    ],
)
def test_disks_and_memory_are_found(device: str, message: str) -> None:
    assert JUDGE.messages(text(device)) == [message]


@pytest.mark.parametrize(
    "device", ["/dev/dri", "/dev/kfd", "/dev/nvidia0", "/dev/snd", "/dev/ttyUSB0", "$DEVICE"]
)
def test_other_devices_are_not(device: str) -> None:
    assert JUDGE.messages(text(device)) == []


def test_rules_for_devices_are_read() -> None:
    assert JUDGE.messages(text("b 8:* rwm", "device_cgroup_rules")) == [
        "`a` may use disks, by `b 8:* rwm`"
    ]
    assert JUDGE.messages(text("c 189:* rwm", "device_cgroup_rules")) == []
