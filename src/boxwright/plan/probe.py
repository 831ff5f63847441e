"""The command by which a container asks its own process whether it is well."""

from __future__ import annotations

from boxwright.plan.model import SITE, HealthPlan

_CONNECT = 'import socket,sys\ns=socket.create_connection(("127.0.0.1",{port}),{timeout})\n'
_ASK = (
    's.sendall(b"GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")\n'
    's.settimeout({timeout});a=s.makefile("rb").readline().split()\n'
    'sys.exit(0 if len(a)>1 and b"200"<=a[1]<b"400" else 1)'
)
"""
Asks for the readiness path and looks at the status.

A bare socket: there is no curl in the image, and importing `urllib` or `http` would
cost each probe a tenth of a second of the service's processor time.
"""


def probe_command(health: HealthPlan) -> tuple[str, ...]:
    """Return it in exec form: Python in the image, no shell, no curl."""
    timeout = max(1, int(health.timeout) - 1)
    probe = _CONNECT + (_ASK if health.path else "")
    code = probe.format(port=health.port, path=health.path, timeout=timeout)
    return (f"{SITE}/bin/python", "-ISc", code)
