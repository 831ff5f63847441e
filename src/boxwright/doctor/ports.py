"""Which TCP ports somebody listens on."""

from __future__ import annotations

from boxwright.doctor.host import Host

_LISTENS = "0A"


def listening_ports(host: Host) -> frozenset[int]:
    """Return the ports on which something of *host* listens, as `/proc/net` has them."""
    found: set[int] = set()
    for name in ("tcp", "tcp6"):
        for line in (host.read(f"proc/net/{name}") or "").split("\n")[1:]:
            cells = line.split()
            if len(cells) > 3 and cells[3] == _LISTENS:
                port = cells[1].rpartition(":")[2]
                try:
                    found.add(int(port, 16))
                except ValueError:
                    continue
    return frozenset(found)
