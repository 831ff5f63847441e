"""Ports of this machine: free ones are kept, taken ones are not waited for."""

from __future__ import annotations

import socket

from boxwright.run.model import Port
from boxwright.run.ports import free_ports


def test_a_taken_port_becomes_any_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = free_ports((Port(inside=8000, outside=number), Port(inside=9000)))
    again = free_ports((Port(inside=8000, outside=number),))

    assert found == (Port(inside=8000), Port(inside=9000))
    assert again == (Port(inside=8000, outside=number),)
