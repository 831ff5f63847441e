"""Which ports of this machine are free."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import replace

from boxwright.run.model import Port


def free_ports(ports: Iterable[Port]) -> tuple[Port, ...]:
    """Return *ports*, those that another program has here with any free one in their place."""
    return tuple(
        replace(port, outside=None)
        if port.outside is not None and not _is_free(port.outside)
        else port
        for port in ports
    )


def _is_free(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except PermissionError:
            # The engine may have rights that we have not.
            return True
        except OSError:
            return False
    return True
