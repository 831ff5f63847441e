"""How a running container is confined, as its own process sees it, or else as the engine tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from boxwright.errors import BoxwrightError
from boxwright.plan.model import SITE
from boxwright.run.client import Client

_PYTHONS = (f"{SITE}/bin/python", "python3", "/usr/local/bin/python3", "/usr/bin/python3", "python")
_LOOK = (
    "import json\n"
    "s=dict(l.split(':',1) for l in open('/proc/1/status') if ':' in l)\n"
    "m=[l.split() for l in open('/proc/1/mountinfo')]\n"
    "r=[w[5] for w in m if w[4]=='/']\n"
    "print(json.dumps({'uid':int(s['Uid'].split()[1]),'caps':int(s['CapBnd'],16)|int(s['CapEff'],16)"
    ",'nnp':int(s.get('NoNewPrivs','0')),'ro':bool(r) and 'ro' in r[-1].split(',')}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a container's process may do; None: not known."""

    uid: int | None = None
    has_capabilities: bool | None = None
    may_gain_rights: bool | None = None
    has_read_only_root: bool | None = None
    is_seen: bool = False
    """Whether its process was looked at, and not what the engine was told."""


def find_python(client: Client, name: str) -> str:
    """Return the Python that the container *name* has; empty if none was found."""
    for python in _PYTHONS:
        try:
            if client.run_inside(name, python, "-ISc", "pass").status == 0:
                return python
        except BoxwrightError:
            continue
    return ""


def confinement(client: Client, name: str, python: str) -> Confinement:
    """Return how the container *name* is confined."""
    if python:
        try:
            seen = json.loads(client.run_inside(name, python, "-ISc", _LOOK).out)
            return Confinement(
                uid=int(seen["uid"]),
                has_capabilities=bool(seen["caps"]),
                may_gain_rights=not seen["nnp"],
                has_read_only_root=seen["ro"] is True,
                is_seen=True,
            )
        except (BoxwrightError, ValueError, KeyError, TypeError):
            pass
    return _told(client.inspect(name) or {})


def _told(container: dict[str, Any]) -> Confinement:
    host = container.get("HostConfig")
    config = container.get("Config")
    if not isinstance(host, dict) or not isinstance(config, dict):
        return Confinement()
    user = str(config.get("User") or "0").partition(":")[0]
    dropped = [str(name).upper() for name in host.get("CapDrop") or ()]
    options = [str(option) for option in host.get("SecurityOpt") or ()]
    return Confinement(
        uid=int(user) if user.isascii() and user.isdigit() else 0 if user == "root" else None,
        # Podman lists what ALL stands for.
        has_capabilities=not ("ALL" in dropped or len(dropped) > 10) or bool(host.get("CapAdd")),
        may_gain_rights=not any(
            it.startswith("no-new-privileges") and not it.endswith("false") for it in options
        ),
        has_read_only_root=host.get("ReadonlyRootfs") is True,
    )
