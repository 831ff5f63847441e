"""Tests of the rule `exposed-ssh-port`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("exposed-ssh-port")


@pytest.mark.parametrize("ports", ["22", "22/tcp", "80 22", "$PORT"])
def test_port_22_is_found(ports: str) -> None:
    assert JUDGE.places(f"FROM debian\nARG PORT=22\nEXPOSE {ports}") == [ports.split()[-1]]


@pytest.mark.parametrize("ports", ["2222", "22/udp", "8022", "$OTHER"])
def test_other_ports_are_not(ports: str) -> None:
    assert JUDGE.messages(f"FROM debian\nEXPOSE {ports}") == []
